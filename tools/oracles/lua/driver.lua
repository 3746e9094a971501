-- Runs Lua programs with Debian's lua5.1: sources on standard input, each as "length\nsource"; outputs likewise.
while true do
  local size = io.read('*n')
  if size == nil then break end
  io.read(1)
  local source = size > 0 and io.read(size) or ''
  local lines = {}
  local env = setmetatable({}, { __index = _G })
  env._G = env
  env.print = function(...)
    local parts = {}
    for i = 1, select('#', ...) do parts[i] = tostring((select(i, ...))) end
    lines[#lines + 1] = table.concat(parts, '\t')
  end
  local fn = loadstring(source, '=<string>')
  if fn == nil then
    lines[#lines + 1] = 'compile error'
  else
    setfenv(fn, env)
    local fine, problem = pcall(fn)
    if not fine then lines[#lines + 1] = 'error: ' .. tostring(problem) end
  end
  local output = table.concat(lines, '\n')
  io.write(#output, '\n', output, '\n')
end
