-- What Quarto does to a document and plain pandoc does not: numbers and cross-references,
-- theorems and proofs, callouts, captions. The embedded engine alone uses this filter.
--
-- First pass: number every labelled thing in reading order. Second pass: rewrite the blocks for
-- the medium and replace each @reference by its text. An unknown reference is an error.

local html = FORMAT:match("html") ~= nil
local latex = FORMAT:match("latex") ~= nil
local typst = FORMAT:match("typst") ~= nil

local THEOREMS = {
  thm = { "theorem", "Theorem" }, lem = { "lemma", "Lemma" }, cor = { "corollary", "Corollary" },
  prp = { "proposition", "Proposition" }, cnj = { "conjecture", "Conjecture" },
  def = { "definition", "Definition" }, exm = { "example", "Example" }, exr = { "exercise", "Exercise" },
}
local NAMES = { eq = "Equation", fig = "Figure", tbl = "Table", sec = "Section" }
for kind, words in pairs(THEOREMS) do NAMES[kind] = words[2] end
local PROOFS = { proof = "Proof", remark = "Remark", solution = "Solution" }
local CALLOUTS = { note = "Note", tip = "Tip", important = "Important", warning = "Warning", caution = "Caution" }

local numbers = {}  -- label to number, as printed
local counts = {}   -- kind to how many so far
local section = {}  -- the current section number, a level each

local function kind_of(label)
  local kind = label:match("^(%l+)%-")
  return kind and NAMES[kind] and kind
end

local function count(label)
  local kind = kind_of(label)
  if numbers[label] then error("the label " .. label .. " is used twice") end
  counts[kind] = (counts[kind] or 0) + 1
  numbers[label] = tostring(counts[kind])
  return numbers[label]
end

local function raw(text) return pandoc.RawInline(latex and "latex" or "typst", text) end
local function rawblock(text) return pandoc.RawBlock(latex and "latex" or "typst", text) end

-- `$$ … $$ {#eq-x}`: the label's index in a list of inlines, behind the display mathematics at i.
local function label_behind(inlines, i)
  local j = i + 1
  while inlines[j] and (inlines[j].t == "Space" or inlines[j].t == "SoftBreak") do j = j + 1 end
  local label = inlines[j] and inlines[j].t == "Str" and inlines[j].text:match("^{#(eq%-[%w_-]+)}")
  return label, j
end

local function number_inlines(inlines)
  for i, inline in ipairs(inlines) do
    if inline.t == "Math" and inline.mathtype == "DisplayMath" then
      local label = label_behind(inlines, i)
      if label then count(label) end
    end
  end
end

local function number_header(header)
  if header.classes:includes("unnumbered") then return end
  local level = header.level - 1
  if level < 1 then error("a heading of one # is the title's; begin with ##: " .. pandoc.utils.stringify(header)) end
  section[level] = (section[level] or 0) + 1
  for deeper = level + 1, #section do section[deeper] = nil end
  for above = 1, level do section[above] = section[above] or 0 end
  header.attributes["number"] = table.concat(section, ".")
  if kind_of(header.identifier) == "sec" then numbers[header.identifier] = header.attributes["number"] end
end

local function number_blocks(doc)
  return doc:walk({
    traverse = "topdown",
    Header = function(header) number_header(header); return header end,
    Div = function(div)
      local kind = kind_of(div.identifier)
      if kind then count(div.identifier) end
      if (kind and THEOREMS[kind]) or div.classes:find_if(function(c) return PROOFS[c] or c:match("^callout") end) then
        local first = div.content[1]
        if first and first.t == "Header" then  -- the block's name, not a section
          div.content:remove(1)
          div.content:insert(1, pandoc.Div({ pandoc.Plain(first.content) }, pandoc.Attr("", { "block-name" })))
        end
      end
      return div
    end,
    Figure = function(figure) if kind_of(figure.identifier) then count(figure.identifier) end end,
    Table = function(tbl) if kind_of(tbl.identifier) then count(tbl.identifier) end end,
    Para = function(para) number_inlines(para.content) end,
    Plain = function(plain) number_inlines(plain.content) end,
  })
end

-- References ------------------------------------------------------------------------------------

local function reference(citation)
  local id = citation.id
  local kind = kind_of(id:sub(1, 1):lower() .. id:sub(2))
  if not kind then return nil end
  local label = id:sub(1, 1):lower() .. id:sub(2)
  local number = numbers[label]
  if not number then error("unknown cross-reference @" .. id .. "; a section without a number takes a link, [words](#" .. label .. ")") end
  local words = citation.mode == "SuppressAuthor" and "" or NAMES[kind] .. "\u{a0}"
  if latex then
    return { raw("\\hyperref[" .. label .. "]{" .. words:gsub("\u{a0}", "~") .. "\\ref*{" .. label .. "}}") }
  elseif typst then
    return { raw("#link(<" .. label .. ">)[" .. words:gsub("\u{a0}", "~") .. number .. "]") }
  end
  if not html then return { pandoc.Str(words .. number) } end
  return { pandoc.Link({ pandoc.Str(words .. number) }, "#" .. label, "", pandoc.Attr("", { "quarto-xref" })) }
end

local function Cite(cite)
  local out, ours = pandoc.Inlines({}), 0
  for i, citation in ipairs(cite.citations) do
    local inlines = reference(citation)
    if inlines then
      ours = ours + 1
      if i > 1 then out:extend({ pandoc.Str(","), pandoc.Space() }) end
      out:extend(inlines)
    end
  end
  if ours == 0 then return nil end
  if ours < #cite.citations then error("cross-references and citations in one bracket: " .. pandoc.utils.stringify(cite)) end
  return out
end

-- Equations -------------------------------------------------------------------------------------

local function equation(math, label)
  local number = numbers[label]
  if latex then
    return { raw("\\begin{equation}\\label{" .. label .. "}" .. math.text .. "\\end{equation}") }
  elseif typst then
    local body = pandoc.write(pandoc.Pandoc({ pandoc.Plain({ math }) }), "typst"):gsub("^%s*%$%s*", ""):gsub("%s*%$%s*$", "")
    return { raw("#math.equation(block: true, numbering: _ => [(" .. number .. ")], $ " .. body .. " $) <" .. label .. ">") }
  elseif html then
    return { pandoc.Span({ math, pandoc.Span({ pandoc.Str("(" .. number .. ")") }, pandoc.Attr("", { "equation-number" })) },
      pandoc.Attr(label, { "equation" })) }
  end
  return { pandoc.Math("DisplayMath", math.text .. " \\tag{" .. number .. "}") }
end

local function Inlines(inlines)
  local out, i, changed = pandoc.Inlines({}), 1, false
  while inlines[i] do
    local inline = inlines[i]
    local label, at = nil, nil
    if inline.t == "Math" and inline.mathtype == "DisplayMath" then label, at = label_behind(inlines, i) end
    if label then
      out:extend(equation(inline, label))
      local rest = inlines[at].text:gsub("^{#[%w_-]+}", "")
      if rest ~= "" then out:insert(pandoc.Str(rest)) end
      i, changed = at, true
    else
      out:insert(inline)
    end
    i = i + 1
  end
  return changed and out or nil
end

-- Theorems, proofs, callouts --------------------------------------------------------------------

local function take_name(div)
  local first = div.content[1]
  if first and first.t == "Div" and first.classes:includes("block-name") then
    div.content:remove(1)
    return first.content[1].content
  end
  if div.attributes.name or div.attributes.title then
    return pandoc.Inlines(div.attributes.name or div.attributes.title)
  end
end

local function lead(div, inlines)  -- run the words into the first paragraph
  local first = div.content[1]
  if first and (first.t == "Para" or first.t == "Plain") then
    first.content = inlines .. first.content
  else
    div.content:insert(1, pandoc.Para(inlines))
  end
end

local function theorem(div, kind)
  local words, name, number = THEOREMS[kind], take_name(div), numbers[div.identifier]
  if latex then
    local open = pandoc.Inlines({ raw("\\begin{" .. words[1] .. "}") })
    if name then open = open .. { raw("[{") } .. name .. { raw("}]") } end
    open:insert(raw("\\label{" .. div.identifier .. "}"))
    return pandoc.Blocks({ pandoc.Plain(open) }) .. div.content .. { rawblock("\\end{" .. words[1] .. "}") }
  elseif typst then
    local open = pandoc.Inlines({ raw('#theorem("' .. words[1] .. '", [' .. words[2] .. " " .. number .. "], [") })
    if name then open = open .. name end
    open:insert(raw("])["))
    return pandoc.Blocks({ pandoc.Plain(open) }) .. div.content .. { rawblock("] <" .. div.identifier .. ">") }
  end
  local title = pandoc.Inlines({ pandoc.Str(words[2] .. "\u{a0}" .. number) })
  if name then title = title .. { pandoc.Space(), pandoc.Str("(") } .. name .. { pandoc.Str(")") } end
  lead(div, pandoc.Inlines({ pandoc.Span({ pandoc.Strong(title) }, pandoc.Attr("", { "theorem-title" })), pandoc.Space() }))
  div.classes = pandoc.List({ "theorem", words[1] })
  return div
end

-- A proof ends in its box: beside a closing formula, else at the end of the last line.
local function finish_proof(content)
  local last = content[#content]
  local inline = last and last.t == "Para" and last.content[#last.content]
  local formula = inline and inline.t == "Math" and inline.mathtype == "DisplayMath"
  if latex and formula and not inline.text:find("\\tag") then inline.text = inline.text .. "\\qedhere" end
  local finish = latex and "\\end{proof}" or "#qed]"
  if inline then last.content:insert(raw(finish)) else content:insert(rawblock(finish)) end
  return content
end

local function proof(div, kind)
  local title = take_name(div) or pandoc.Inlines({ pandoc.Str(PROOFS[kind]) })
  local proves = kind == "proof"
  if latex then
    local open = pandoc.Inlines({ raw("\\begin{" .. (proves and kind or "remark") .. "}[{") }) .. title .. { raw("}]") }
    local rest = proves and finish_proof(div.content) or div.content .. { rawblock("\\end{remark}") }
    return pandoc.Blocks({ pandoc.Plain(open) }) .. rest
  elseif typst then
    local open = pandoc.Inlines({ raw("#" .. (proves and kind or "remark") .. "([") }) .. title .. { raw("])[") }
    return pandoc.Blocks({ pandoc.Plain(open) }) .. (proves and finish_proof(div.content) or div.content .. { rawblock("]") })
  end
  lead(div, pandoc.Inlines({ pandoc.Span({ pandoc.Emph(title), pandoc.Str(".") }, pandoc.Attr("", { "proof-title" })), pandoc.Space() }))
  return div
end

local function callout(div, kind)
  local portable = not (html or latex or typst)
  local title = take_name(div) or pandoc.Inlines({ pandoc.Str(CALLOUTS[kind]) })
  if latex then
    local open = pandoc.Inlines({ raw("\\begin{callout}{") }) .. title .. { raw("}") }
    return pandoc.Blocks({ pandoc.Plain(open) }) .. div.content .. { rawblock("\\end{callout}") }
  elseif typst then
    local open = pandoc.Inlines({ raw("#callout([") }) .. title .. { raw("])[") }
    return pandoc.Blocks({ pandoc.Plain(open) }) .. div.content .. { rawblock("]") }
  end
  if portable then return pandoc.BlockQuote(pandoc.Blocks({ pandoc.Para({ pandoc.Strong(title) }) }) .. div.content) end
  return pandoc.Div({
    pandoc.Div({ pandoc.Para({ pandoc.Strong(title) }) }, pandoc.Attr("", { "callout-title" })),
    pandoc.Div(div.content, pandoc.Attr("", { "callout-body" })),
  }, pandoc.Attr(div.identifier, { "callout", "callout-" .. kind }))
end

-- Captions --------------------------------------------------------------------------------------

local function captioned(inlines, label)
  if latex or typst then return inlines end
  local kind = kind_of(label)
  return pandoc.Inlines({ pandoc.Str(NAMES[kind] .. "\u{a0}" .. numbers[label] .. ":"), pandoc.Space() }) .. inlines
end

local function table_div(div)
  local caption = div.content[#div.content]
  local inner = div.content[1]
  while inner and inner.t == "Div" do inner = inner.content[1] end
  if not (inner and inner.t == "Table" and caption.t == "Para") then
    error("a tbl- block holds one table and its caption: " .. div.identifier)
  end
  div.content:remove(#div.content)
  local words = captioned(caption.content, div.identifier)
  if latex then words = words .. { raw("\\label{" .. div.identifier .. "}") } end
  inner.caption = { long = { pandoc.Plain(words) } }
  if typst then return { div } end
  if latex then return { inner } end
  return div
end

local function Div(div)
  local kind = kind_of(div.identifier)
  if kind == "tbl" then return table_div(div) end
  if kind and THEOREMS[kind] then return theorem(div, kind) end
  for _, class in ipairs(div.classes) do
    if PROOFS[class] then return proof(div, class) end
    local style = class:match("^callout%-(%l+)$")
    if style and CALLOUTS[style] then return callout(div, style) end
  end
end

local function alternative(image)
  image.attributes.alt = image.attributes["fig-alt"]
  image.attributes["fig-alt"] = nil
  return image
end

local function Figure(figure)
  local label = figure.identifier
  local caption = figure.caption.long[1] and figure.caption.long[1].content or pandoc.Inlines({})
  local image = figure.content[1].content[1]
  if latex then
    local width = image.attributes.width and image.attributes.width:gsub("%%", "") or "100"
    local open = "\\begin{figurehere}\\includegraphics[width=" .. tonumber(width) / 100 .. "\\figurewidth]{" .. image.src .. "}\n\\caption{"
    return pandoc.Plain(pandoc.Inlines({ raw(open) }) .. caption .. { raw("}\\label{" .. label .. "}\\end{figurehere}") })
  elseif typst then
    local alt = pandoc.utils.stringify(image.attributes.alt or ""):gsub('["\\]', "\\%0")
    local open = '#figure(image("' .. image.src .. '", alt: "' .. alt .. '"), caption: ['
    return pandoc.Plain(pandoc.Inlines({ raw(open) }) .. caption .. { raw("]) <" .. label .. ">") })
  end
  if kind_of(label) then caption = captioned(caption, label) end
  if not html then  -- portable markdown: a picture, its caption below
    local described = pandoc.Image(pandoc.utils.stringify(image.attributes.alt or ""), image.src)
    return pandoc.Blocks({ pandoc.Para({ described }), pandoc.Para({ pandoc.Emph(caption) }) })
  end
  figure.caption.long = { pandoc.Plain(caption) }
  return figure
end

local function Header(header)
  local number = header.attributes["number"]
  header.attributes["number"] = nil
  if latex or typst then
    header.level = header.level - 1
  elseif number and html then
    header.content:insert(1, pandoc.Space())
    header.content:insert(1, pandoc.Span({ pandoc.Str(number) }, pandoc.Attr("", { "header-section-number" })))
  end
  return header
end

local ACROSS = 80  -- characters of a table's small type across the page

-- A table wider than the page shares the page out: narrow columns keep what they need, the others
-- part the rest by their longest cells, and wrap. (Browsers and Typst do so themselves.)
local function Table(tbl)
  if not latex then return nil end
  local simple = pandoc.utils.to_simple_table(tbl)
  local longest = {}
  for _, row in ipairs({ simple.headers, table.unpack(simple.rows) }) do
    for i, cell in ipairs(row) do
      longest[i] = math.max(longest[i] or 3, utf8.len(pandoc.utils.stringify(cell)))
    end
  end
  local columns, whole = #longest, 0
  for _, length in ipairs(longest) do whole = whole + length end
  local room = ACROSS - 2 * columns
  if whole <= room then return nil end
  local free, left, wide = room, columns, whole
  local kept = {}
  repeat
    local settled = true
    for i, length in ipairs(longest) do
      if not kept[i] and length <= free / left then
        kept[i], settled = true, false
        free, left, wide = free - length, left - 1, wide - length
      end
    end
  until settled
  for i, length in ipairs(longest) do
    tbl.colspecs[i] = { tbl.colspecs[i][1], (kept[i] and length or free * length / wide) / room }
  end
  return tbl
end

function Pandoc(doc)
  doc = number_blocks(doc)
  doc = doc:walk({ Image = alternative })
  doc = doc:walk({ Inlines = Inlines, Cite = Cite })
  return doc:walk({ Div = Div, Figure = Figure, Header = Header, Table = Table })
end
