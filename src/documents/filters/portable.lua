-- Posts that travel as CommonMark: whole addresses, and formulas that reach the reader's page.
--
-- CommonMark knows no mathematics, so to a reader without that extension a formula is prose: a
-- backslash escapes, a star or an underscore opens emphasis, a line that begins with + or - is a
-- list. Here each formula is respelled, to the same effect in TeX, so that none of this bites;
-- one on display stands alone in one line, as every extension for mathematics wants it.

local WORDS = {
  ["{"] = "\\lbrace ", ["}"] = "\\rbrace ", ["|"] = "\\Vert ", ["\\"] = "\\cr ",
  [","] = "\\hspace{0.17em}", [":"] = "\\hspace{0.22em}", [">"] = "\\hspace{0.22em}",
  [";"] = "\\hspace{0.28em}", ["!"] = "\\hspace{-0.17em}",
}

local function respelled(tex)
  tex = tex:gsub("%s*\n%s*", " ")
  tex = tex:gsub("\\operatorname%*%s*(%b{})", "\\mathop{\\operatorname%1}\\limits ")
  tex = tex:gsub("\\\\%s*%[[^%]]*%]", "\\\\")  -- \\[4pt]: a row's extra space
  tex = tex:gsub("\\(%p)", function(sign) return WORDS[sign] end)
  tex = tex:gsub("('+)(%s*%^?)", function(primes, power)
    if power:find("%^") then return nil end
    return "^{" .. ("\\prime"):rep(#primes) .. "}" .. power
  end)
  tex = tex:gsub("%*", "\\ast ")
  tex = tex:gsub("([^%w])_", "%1_ ")  -- only an underscore behind a letter never opens emphasis
  tex = tex:gsub("<(%S)", "\\lt %1")
  tex = tex:gsub("%]%(", "] (")  -- no link
  return (tex:gsub("%s%s+", " "):gsub("^%s+", ""):gsub("%s+$", ""))
end

-- A table's cells end at each bar.
local function barless(tbl)
  return tbl:walk({ Math = function(math)
    math.text = math.text:gsub("|", "\\vert ")
    return math
  end })
end

-- A paragraph, cut so that what it displays stands alone.
local function apart(para)
  local blocks, line = pandoc.Blocks({}), pandoc.Inlines({})
  local function flush()
    while line[1] and (line[1].t == "Space" or line[1].t == "SoftBreak") do line:remove(1) end
    while line[1] and (line[#line].t == "Space" or line[#line].t == "SoftBreak") do line:remove(#line) end
    if #line > 0 then blocks:insert(pandoc.Para(line)) end
    line = pandoc.Inlines({})
  end
  for _, inline in ipairs(para.content) do
    if inline.t == "Math" and inline.mathtype == "DisplayMath" then
      flush()
      blocks:insert(pandoc.Para({ inline }))
    else
      line:insert(inline)
    end
  end
  flush()
  return blocks
end

-- A moving picture brings its still frame along, for readers that show none that move.
local function still(image)
  local path, count = image.src:gsub("%.light%.gif$", ".png")
  if count == 0 then return nil end
  return { image, pandoc.Space(), pandoc.Link("(still picture)", path) }
end

-- A link of the page `from` to another page of the site, as a whole address; with no address for
-- the site, its words alone.
local function outward(home, from)
  return function(link)
    if link.target:match("^%a[%w+.-]*:") or link.target:match("^#") then return nil end
    if home == "" then return link.content end
    local path, anchor = link.target:match("^([^#]*)(.*)$")
    local steps = {}
    if not path:match("^/") then
      for step in from:gmatch("([^/]+)/") do table.insert(steps, step) end
    end
    for step in path:gmatch("[^/]+") do
      if step == ".." then table.remove(steps) elseif step ~= "." then table.insert(steps, step) end
    end
    link.target = home .. "/" .. table.concat(steps, "/"):gsub("%.qmd$", ".html") .. anchor
    return link
  end
end

local function text(value) return value and pandoc.utils.stringify(value) or "" end

function Pandoc(doc)
  doc = doc:walk({ Link = outward(text(doc.meta.home), text(doc.meta.page)) })
  doc = doc:walk({
    Math = function(math) math.text = respelled(math.text) return math end,
    Header = function(header) header.level = math.max(2, header.level) return header end,
  })
  return doc:walk({ Table = barless, Para = apart, Image = still })
end
