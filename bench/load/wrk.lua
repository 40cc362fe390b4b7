-- Sends the requests of a file one after another (signed ones are good for one time each), or always the same one.
local file = os.getenv("REQUESTS_FILE")
local requests = {}
local place = 0
if file then
  local input = io.open(file, "rb")
  for request in string.gmatch(input:read("*a"), "([^\1]+)\1") do requests[#requests + 1] = request end
  input:close()
  request = function()
    place = place + 1
    return requests[place] or requests[#requests]
  end
end

done = function(summary, latency)
  io.write(string.format('\nREPORT {"requests":%d,"us":%d,"notFine":%d,"p50Us":%d,"p99Us":%d}\n', summary.requests, summary.duration,
    summary.errors.status + summary.errors.read + summary.errors.timeout, latency:percentile(50), latency:percentile(99)))
end
