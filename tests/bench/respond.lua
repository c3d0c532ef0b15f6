-- Guests who comment: each request says something that nobody has said before.
local count, threads = 0, {}

function setup(thread)
  thread:set("accepted", 0)
  table.insert(threads, thread)
end

function init()
  stamp = string.format("%d%d", os.time(), math.random(1000000))
  origin = string.format("http://%s:%s", wrk.host, wrk.port)
  math.randomseed(os.time())
end

function request()
  count = count + 1
  local words = string.format("Thank+you,+this+helped+us+at+our+station+%s+%d", stamp, count)
  local body = "comment=" .. words .. "&author=Reader+" .. count .. "&email=&url=&parent="
  local headers = {
    ["Content-Type"] = "application/x-www-form-urlencoded",
    ["Origin"] = origin,
    ["Sec-Fetch-Site"] = "same-origin",
  }
  return wrk.format("POST", nil, headers, body)
end

function response(status)
  if status == 303 then accepted = accepted + 1 end
end

function done()
  local sum = 0
  for _, thread in ipairs(threads) do sum = sum + thread:get("accepted") end
  print(string.format("accepted %d", sum))
end
