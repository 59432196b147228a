-- Figures for every medium, shared by both engines.
--
-- A document names a figure without a suffix, `figures/<room>/<figure>`; the medium picks the
-- file. For the web the light picture stands in `src` and its companions in attributes, from
-- which the site makes the pair that follows the theme (and the still for reduced motion).

local web = FORMAT:match("html") ~= nil
local suffix = FORMAT:match("latex") and ".pdf" or FORMAT:match("typst") and ".light.svg" or ".png"

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

function Image(image)
  local stem = image.src
  if not stem:match("^figures/[%w_-]+/[%w_-]+$") then return nil end
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
