// Short and common, for people who read them to each other. Never changed: two versions have to say the same.
#include <array>

#include "sockchat/crypto/safety_number.h"

namespace sockchat::crypto {
namespace {

constexpr std::array<std::string_view, 256> kWords = {
    "acorn",   "actor",    "album",   "almond",  "amber",   "angle",   "ankle",    "apron",   "arch",
    "arrow",   "artist",   "atom",    "autumn",  "avenue",  "bagel",   "baker",    "bamboo",  "banana",
    "basket",  "beach",    "berry",   "bicycle", "blanket", "blossom", "boat",     "book",    "border",
    "boulder", "bowl",     "bread",   "bridge",  "brush",   "bubble",  "buffalo",  "bugle",   "bundle",
    "cabin",   "cactus",   "canal",   "candle",  "canyon",  "captain", "carrot",   "castle",  "cedar",
    "cello",   "cheese",   "cherry",  "chess",   "circle",  "citrus",  "cliff",    "clock",   "clover",
    "coast",   "coconut",  "coffee",  "compass", "copper",  "coral",   "cotton",   "cousin",  "crane",
    "cricket", "crystal",  "curtain", "dairy",   "daisy",   "denim",   "desert",   "diamond", "donkey",
    "door",    "drawer",   "dream",   "duck",    "dune",    "earth",   "echo",     "elbow",   "elephant",
    "engine",  "envelope", "evening", "falcon",  "farmer",  "fence",   "fern",     "fiddle",  "field",
    "fire",    "fish",     "flock",   "flower",  "flute",   "fossil",  "fountain", "frost",   "fruit",
    "garden",  "garlic",   "gazelle", "geyser",  "giraffe", "glacier", "glass",    "glove",   "goat",
    "goose",   "grain",    "grove",   "guitar",  "harbor",  "harp",    "hedge",    "helmet",  "hill",
    "honey",   "horse",    "house",   "iceberg", "iris",    "iron",    "ivory",    "jacket",  "jasmine",
    "jelly",   "jigsaw",   "jungle",  "juniper", "kettle",  "kitchen", "kiwi",     "koala",   "lagoon",
    "lamp",    "laurel",   "lemon",   "leopard", "letter",  "library", "linen",    "lion",    "lobster",
    "lotus",   "lynx",     "magnet",  "maple",   "marble",  "meadow",  "melon",    "mirror",  "mitten",
    "monkey",  "mosaic",   "moth",    "museum",  "music",   "napkin",  "nest",     "night",   "noodle",
    "nutmeg",  "oak",      "oasis",   "octopus", "olive",   "opal",    "opera",    "orbit",   "orchard",
    "owl",     "oyster",   "palace",  "panda",   "paper",   "pasta",   "path",     "pearl",   "pebble",
    "pencil",  "pepper",   "picnic",  "pillow",  "planet",  "plum",    "poem",     "pond",    "poppy",
    "prairie", "puddle",   "puzzle",  "pyramid", "quilt",   "rabbit",  "rain",     "raven",   "reed",
    "ribbon",  "rice",     "robin",   "rocket",  "rose",    "ruby",    "sail",     "salmon",  "saturn",
    "scarf",   "seal",     "shadow",  "sheep",   "silver",  "singer",  "slipper",  "smile",   "soap",
    "socket",  "spider",   "spoon",   "square",  "stair",   "stone",   "story",    "straw",   "summer",
    "sunset",  "syrup",    "table",   "temple",  "thimble", "ticket",  "tiger",    "toast",   "tomato",
    "tower",   "tree",     "trumpet", "tunnel",  "turtle",  "urchin",  "valley",   "velvet",  "village",
    "volcano", "voyage",   "waffle",  "walnut",  "water",   "wheat",   "willow",   "winter",  "wolf",
    "yacht",   "yellow",   "zebra",   "zenith",
};

}  // namespace

std::span<const std::string_view, 256> safety_words() { return kWords; }

}  // namespace sockchat::crypto
