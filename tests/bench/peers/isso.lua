-- Guests who comment through Isso: each request says something that nobody has said before.
local count, threads = 0, {}

function setup(thread)
  thread:set("accepted", 0)
  table.insert(threads, thread)
end

function init()
  stamp = string.format("%d%d", os.time(), math.random(1000000))
  origin = string.format("http://%s:%s", wrk.host, wrk.port)
end

function request()
  count = count + 1
  local words = string.format("Thank you, this helped us at our station %s %d", stamp, count)
  local body = string.format(
    '{"text": "%s", "author": "Reader %d", "email": null, "website": null, "parent": null, "title": "Polaris Project"}',
    words, count)
  local headers = { ["Content-Type"] = "application/json", ["Origin"] = origin }
  return wrk.format("POST", nil, headers, body)
end

function response(status)
  if status == 201 or status == 202 then accepted = accepted + 1 end
end

function done()
  local sum = 0
  for _, thread in ipairs(threads) do sum = sum + thread:get("accepted") end
  print(string.format("accepted %d", sum))
end
