-- A session of Neovim's own language client with `parley dialplan lsp`: what an admin does in an editor.
-- In: PARLEY, PROMPTS, FLOW (a file), REPORT (where the answers go, as JSON). See editor.rs for what is wanted.

local report = {}
local buffer

local function note(name, value)
  report[name] = value == nil and vim.NIL or value
end

local function finish()
  local out = assert(io.open(os.getenv('REPORT'), 'w'))
  out:write(vim.fn.json_encode(report))
  out:close()
end

-- Where the n-th piece begins (or ends), as the protocol counts: UTF-16 units.
local function place(piece, after)
  for row, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, true)) do
    local from, to = line:find(piece, 1, true)
    if from then
      local byte = after and to or from - 1
      local _, units = vim.str_utfindex(line, byte)
      return { line = row - 1, character = units }
    end
  end
  error('no ' .. piece)
end

local function ask(method, params)
  local answers, why = vim.lsp.buf_request_sync(buffer, method, params, 20000)
  assert(answers, method .. ': ' .. tostring(why))
  local _, answer = next(answers)
  assert(answer, method .. ' has no answer')
  return answer
end

local function at(piece, after)
  return { textDocument = { uri = vim.uri_from_bufnr(buffer) }, position = place(piece, after) }
end

local function faults()
  local list = {}
  for _, fault in ipairs(vim.diagnostic.get(buffer)) do
    table.insert(list, { fault.lnum, fault.col, fault.severity, fault.message })
  end
  return list
end

local function replace(piece, new)
  for row, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, true)) do
    local from, to = line:find(piece, 1, true)
    if from then
      local changed = line:sub(1, from - 1) .. new .. line:sub(to + 1)
      vim.api.nvim_buf_set_lines(buffer, row - 1, row, true, { changed })
      return
    end
  end
  error('no ' .. piece)
end

local function labels(answer)
  local list = {}
  for _, item in ipairs(answer.result or {}) do
    list[item.label] = item.detail or ''
  end
  return list
end

local function session()
  vim.cmd('edit ' .. os.getenv('FLOW'))
  buffer = vim.api.nvim_get_current_buf()
  local id = vim.lsp.start_client({
    name = 'parley',
    cmd = { os.getenv('PARLEY'), 'dialplan', '--prompts', os.getenv('PROMPTS'), 'lsp', '--stdio' },
    root_dir = vim.fn.getcwd(),
  })
  assert(vim.lsp.buf_attach_client(buffer, id))
  local client = vim.lsp.get_client_by_id(id)
  assert(vim.wait(20000, function() return client.initialized end, 10))

  -- The flow has one misspelt step: its fault, and the proposal carried out.
  assert(vim.wait(20000, function() return #faults() > 0 end, 10), 'no faults came')
  note('faults', faults())
  local here = at('mian')
  here.range = { start = here.position, ['end'] = here.position }
  here.position = nil
  here.context = { diagnostics = {} }
  local actions = ask('textDocument/codeAction', here).result
  note('action', actions[1].title)
  vim.lsp.util.apply_workspace_edit(actions[1].edit, client.offset_encoding)
  note('mended', vim.wait(20000, function() return #faults() == 0 end, 10))

  note('hover', ask('textDocument/hover', at('in_greeting')).result.contents.value)
  note('definition', ask('textDocument/definition', at('main; }')).result.range.start.line)
  local references = at('bye {')
  references.context = { includeDeclaration = true }
  note('references', #ask('textDocument/references', references).result)
  note('prompts', labels(ask('textDocument/completion', at('prompt in_', true))).in_greeting)
  note('steps', labels(ask('textDocument/completion', at('no-match ', true))))

  -- Behind a letter of two UTF-16 units, on the line of the test.
  local rename = at('expect step bye', true)
  rename.newName = 'farewell'
  vim.lsp.util.apply_workspace_edit(ask('textDocument/rename', rename).result, client.offset_encoding)
  note('renamed', vim.api.nvim_buf_get_lines(buffer, 0, -1, true))
  rename = at('farewell {')
  rename.newName = 'main'
  note('refused', ask('textDocument/rename', rename).error.message)

  local format = { textDocument = { uri = vim.uri_from_bufnr(buffer) } }
  format.options = { tabSize = 4, insertSpaces = true }
  vim.lsp.util.apply_text_edits(
    ask('textDocument/formatting', format).result, buffer, client.offset_encoding)
  note('laid_out', vim.api.nvim_buf_get_lines(buffer, 0, -1, true))

  -- Half typed: the symbols stay, the fault is told.
  replace('"#" farewell', '"# farewell')
  assert(vim.wait(20000, function() return #faults() > 0 end, 10), 'no fault of a missing quote')
  note('half_typed', faults())
  local names = {}
  local file = { textDocument = { uri = vim.uri_from_bufnr(buffer) } }
  for _, symbol in ipairs(ask('textDocument/documentSymbol', file).result[1].children) do
    table.insert(names, symbol.name)
  end
  note('symbols', names)

  local answer = client.request_sync('parley/nothing', {}, 20000, buffer)
  note('unknown', answer.err and answer.err.code)

  -- A text over the limit is refused in a sentence, and the next one is looked at again.
  local small = vim.api.nvim_buf_get_lines(buffer, 0, -1, true)
  local big = {}
  for _ = 1, 20000 do
    table.insert(big, '// ' .. string.rep('x', 57))
  end
  vim.api.nvim_buf_set_lines(buffer, 0, -1, true, big)
  local function told(words)
    return vim.wait(20000, function()
      local list = faults()
      return #list > 0 and list[1][4]:find(words, 1, true) ~= nil
    end, 10)
  end
  note('big', told('at most 1 MB'))
  vim.api.nvim_buf_set_lines(buffer, 0, -1, true, small)
  note('small_again', vim.wait(20000, function()
    local list = faults()
    return #list > 0 and list[1][4]:find('at most 1 MB', 1, true) == nil
  end, 10))

  client.stop()
  note('ended', vim.wait(20000, function() return client.is_stopped() end, 10))
end

local ok, why = xpcall(session, debug.traceback)
if not ok then
  note('failure', why)
end
finish()
vim.cmd('qall!')
