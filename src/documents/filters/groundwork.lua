-- Figures for every medium, shared by both engines.
--
-- A document names a figure without a suffix, `figures/<room>/<figure>`; the medium picks the
-- file. For the web the light picture stands in `src` and its companions in attributes, from
-- which the site makes the pair that follows the theme (and the still for reduced motion).

-- In print a link to another document leads to its page: below the site's address, or, where it has
-- none, in the site beside the PDFs. The engine says where (`site-home`, `site-page`).

local web = FORMAT:match("html") ~= nil
local suffix = FORMAT:match("latex") and ".pdf" or FORMAT:match("typst") and ".light.svg" or ".png"

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

function Image(image)
  local stem = image.src
  if not stem:match("^figures/[%w_-]+/[%w_-]+$") then
    error("picture '" .. stem .. "': a figure's path is figures/<room>/<figure>, without a suffix")
  end
  local moves = exists(stem .. ".light.gif")
  if web then
    image.classes:insert("figure-themed")
    image.attributes["data-stem"] = stem
    if moves then image.attributes["data-moves"] = "true" end
    image.src = stem .. (moves and ".light.gif" or ".light.svg")
  elseif suffix == ".png" and moves then
    image.src = stem .. ".light.gif"
  else
    image.src = stem .. suffix
  end
  return image
end

-- In Typst pandoc (3.9) writes \operatorname* like \operatorname, without its limits: its name is
-- marked here, and templates/mathematics.typ takes the mark for what it is.
function Math(math)
  if not FORMAT:match("typst") then return nil end
  math.text = math.text:gsub("\\operatorname%*%s*{", "\\operatorname{limitsof")
  return math
end

local function text(value) return value and pandoc.utils.stringify(value) or "" end

function Pandoc(doc)
  local home, page = text(doc.meta["site-home"]), text(doc.meta["site-page"])
  if web or page == "" then return nil end
  return doc:walk({ Link = function(link)
    if link.target:match("^%a[%w+.-]*:") or link.target:match("^#") then return nil end
    local path, anchor = link.target:match("^([^#]*)(.*)$")
    local steps = {}
    if not path:match("^/") then
      for step in page:gmatch("([^/]+)/") do table.insert(steps, step) end
    end
    for step in path:gmatch("[^/]+") do
      if step == ".." then table.remove(steps) elseif step ~= "." then table.insert(steps, step) end
    end
    link.target = home .. "/" .. table.concat(steps, "/"):gsub("%.qmd$", ".html") .. anchor
    return link
  end })
end
