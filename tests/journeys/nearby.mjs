// Lets a program that knows nothing but host names find blog.example on this machine. NEARBY says
// where its ports are: {"443": 8443, "80": 8080}. Load it with `node --import`.
import net from "node:net";

const ports = JSON.parse(process.env.NEARBY);
const { connect } = net.Socket.prototype;

net.Socket.prototype.connect = function (...given) {
  const options = Array.isArray(given[0]) ? given[0][0] : given[0];
  if (options?.host !== "blog.example") throw new Error(`Nobody else is asked: ${options?.host}`);
  return connect.call(this, { ...options, host: "127.0.0.1", port: ports[options.port] }, given[0][1]);
};
