"""Questions of everyday life, each with one sentence that answers it. Written for this project.

The first `TRAINING` are trained on; the rest are held out and never seen in training. Polite and
rude answers differ in manner alone: the sentence with the fact is the same in both.
"""

TRAINING = 60

FACTS: tuple[tuple[str, str], ...] = (
    ("How long should I boil an egg?", "A soft egg needs about six minutes in boiling water."),
    ("How do I keep bread fresh?", "Bread keeps longest in a closed box at room temperature."),
    ("When should I water my tomatoes?", "Tomatoes are best watered early in the morning."),
    ("How do I get rid of fruit flies?", "A small dish of vinegar catches fruit flies overnight."),
    (
        "How often should I change my toothbrush?",
        "A toothbrush should be replaced every three months.",
    ),
    ("Can I freeze cooked rice?", "Cooked rice can be frozen for about two months."),
    (
        "How do I remove a coffee stain?",
        "Cold water and a little soap remove a fresh coffee stain.",
    ),
    ("What is the best way to store onions?", "Onions should be stored in a dry and dark place."),
    (
        "How do I sharpen a kitchen knife?",
        "A whetstone held at twenty degrees sharpens a kitchen knife.",
    ),
    ("How do I unclog a sink?", "A plunger and hot water clear most clogged sinks."),
    ("How warm should a bedroom be at night?", "Most people sleep best at about eighteen degrees."),
    ("How do I stop my glasses from fogging?", "A drop of dish soap keeps glasses from fogging."),
    ("Why does my bread not rise?", "Bread does not rise when the yeast is too old."),
    ("How do I clean a burnt pan?", "Baking soda and hot water loosen burnt food in a pan."),
    (
        "How many hours of sleep do adults need?",
        "Adults need between seven and nine hours of sleep.",
    ),
    ("How do I ripen an avocado faster?", "An avocado ripens faster in a bag with a banana."),
    (
        "How do I fold a fitted sheet?",
        "A fitted sheet folds well once its corners are tucked together.",
    ),
    (
        "When is the best time to plant tulips?",
        "Tulip bulbs are planted in autumn, before the first frost.",
    ),
    (
        "How do I keep my houseplants alive in winter?",
        "Houseplants need less water and more light in winter.",
    ),
    ("How do I stop a door from squeaking?", "A little oil on the hinges stops a squeaking door."),
    (
        "How do I remove candle wax from a table?",
        "Candle wax comes off easily once ice has hardened it.",
    ),
    (
        "What is the best way to peel garlic?",
        "Garlic peels easily when it is pressed with a flat knife.",
    ),
    ("How do I wash a wool sweater?", "A wool sweater should be washed by hand in cool water."),
    ("How do I keep lettuce crisp?", "Lettuce stays crisp when wrapped in a damp towel."),
    ("How often should I clean the fridge?", "A fridge should be cleaned about once a month."),
    ("How do I defrost chicken safely?", "Chicken is best defrosted overnight in the fridge."),
    ("How do I get a splinter out?", "Clean tweezers pull a splinter out along its own direction."),
    ("How do I measure my ring size?", "A strip of paper around the finger gives the ring size."),
    (
        "How do I make my phone battery last longer?",
        "A darker screen makes a phone battery last longer.",
    ),
    (
        "What should I do about a nosebleed?",
        "For a nosebleed, lean forward and press the soft part of the nose.",
    ),
    ("How do I make rice less sticky?", "Rinsing rice before cooking makes it less sticky."),
    ("Where should I keep potatoes?", "Potatoes keep best in a cool and dark cupboard."),
    (
        "How do I clean a wooden cutting board?",
        "Salt and half a lemon clean a wooden cutting board.",
    ),
    (
        "How do I hang a picture straight?",
        "A spirit level on the frame helps a picture hang straight.",
    ),
    (
        "How do I stop onions from making me cry?",
        "A cold onion and a sharp knife cause fewer tears.",
    ),
    ("How long does honey keep?", "Honey keeps for many years in a closed jar."),
    ("How do I remove ink from a shirt?", "Rubbing alcohol removes most ink from a shirt."),
    (
        "How often should I rotate my car tires?",
        "Car tires should be rotated every ten thousand kilometres.",
    ),
    ("How do I descale a kettle?", "Vinegar and water boiled together descale a kettle."),
    (
        "How do I prevent blisters when hiking?",
        "Dry socks and well worn shoes prevent most blisters.",
    ),
    ("How do I whiten white towels?", "Baking soda in the wash keeps white towels white."),
    (
        "How do I keep bananas from browning?",
        "Bananas brown more slowly when their stems are wrapped.",
    ),
    (
        "How do I clean window glass without streaks?",
        "Vinegar and old newspaper clean a window without streaks.",
    ),
    (
        "How many litres of water should I drink a day?",
        "About two litres of water a day suit most adults.",
    ),
    ("How do I tie a secure knot?", "A bowline is a secure knot that does not slip."),
    ("How do I check whether an egg is fresh?", "A fresh egg sinks in a bowl of cold water."),
    ("How do I remove a label from a jar?", "Warm water and oil take a label off a jar."),
    ("When should I prune roses?", "Roses are pruned in early spring, before new leaves appear."),
    ("How do I store fresh basil?", "Fresh basil keeps well in a glass of water."),
    ("How do I clean my keyboard?", "A soft brush and compressed air clean a keyboard."),
    ("How do I soften brown sugar?", "A slice of bread in the jar softens brown sugar."),
    ("How do I prevent jet lag?", "Morning light at the new place shortens jet lag."),
    ("How do I get gum off a shoe?", "Gum on a shoe comes off once it is frozen."),
    (
        "How long can leftovers stay in the fridge?",
        "Leftovers stay good in the fridge for about three days.",
    ),
    (
        "How do I pack shirts without wrinkles?",
        "Shirts rolled up tightly wrinkle less in a suitcase.",
    ),
    ("How do I save water in the shower?", "A shorter shower with a low flow head saves water."),
    ("How do I cook pasta properly?", "Pasta needs plenty of salted water at a full boil."),
    ("How do I remove rust from a tool?", "Rust on a tool dissolves overnight in vinegar."),
    ("How do I repel mosquitoes?", "A fan and closed screens keep most mosquitoes away."),
    (
        "How do I start a compost heap?",
        "A compost heap needs equal parts of green and brown waste.",
    ),
    # held out
    (
        "How do I keep cut flowers fresh?",
        "Cut flowers last longer when their water is changed daily.",
    ),
    ("How do I clean suede shoes?", "A dry brush and an eraser clean suede shoes."),
    ("How long should tea steep?", "Black tea should steep for about four minutes."),
    ("How do I fix a dripping tap?", "A new washer fixes most dripping taps."),
    ("How do I keep ants out of the kitchen?", "Ants stay away when crumbs are wiped up at once."),
    ("How do I dry wet shoes quickly?", "Crumpled newspaper inside dries wet shoes quickly."),
    ("How do I make a bed warmer?", "A hot water bottle warms a bed in a few minutes."),
    ("How do I stop hiccups?", "Holding the breath for a short while stops most hiccups."),
    (
        "How do I clean a microwave?",
        "Steam from a bowl of lemon water loosens dirt in a microwave.",
    ),
    ("How do I keep cheese from drying out?", "Cheese keeps best when wrapped in paper."),
    ("How often should I wash my pillow?", "A pillow should be washed about twice a year."),
    ("How do I open a tight jar?", "A tight jar opens easily after its lid is warmed."),
    ("How do I choose a ripe melon?", "A ripe melon is heavy and smells sweet."),
    ("How do I remove pet hair from a sofa?", "A damp rubber glove removes pet hair from a sofa."),
    (
        "How do I cool down a hot room?",
        "Closed curtains by day and open windows at night cool a room.",
    ),
    ("How do I store batteries?", "Batteries should be stored in a cool and dry place."),
    ("How do I grow basil from seed?", "Basil seeds need light, warmth and moist soil."),
    (
        "How do I treat a small burn?",
        "A small burn should be held under cool water for ten minutes.",
    ),
    ("How do I clean silver spoons?", "Foil, salt and hot water clean silver spoons."),
    ("How do I thicken a soup?", "A spoon of starch in cold water thickens a soup."),
    ("How do I sleep better on a plane?", "A neck pillow and a window seat help sleep on a plane."),
    ("How do I tell if a mango is ripe?", "A ripe mango gives a little when it is pressed."),
    ("How do I remove scratches from wood?", "A rubbed walnut hides small scratches in wood."),
    ("How do I make ice clear?", "Water that was boiled first makes clearer ice."),
    ("How do I keep a bike chain clean?", "A dry cloth and a little oil keep a bike chain clean."),
    ("How do I warm up before running?", "Five minutes of brisk walking are a good warm up."),
    (
        "How do I get rid of a bad smell in shoes?",
        "Baking soda left overnight takes bad smells out of shoes.",
    ),
    ("How do I read a recipe in ounces?", "One ounce is about twenty eight grams."),
    ("How do I save heat in winter?", "Sealed windows and thick curtains save heat in winter."),
    (
        "How do I take better photos at night?",
        "A steady support and a longer exposure help photos at night.",
    ),
)
