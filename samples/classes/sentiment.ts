import { type ClassSample, inWriting, otherThan, sentenceWriter } from "./sample.ts";

const lists = {
  who: "the nurse, the surgeon, my doctor, the receptionist, the technician, the physiotherapist, the night staff".split(
    ", ",
  ),
  what: "the room, the food, the parking, the waiting room, the check-in, the discharge, the website".split(
    ", ",
  ),
  site: "North Campus, the children's ward, the eye clinic, the second floor, the emergency room".split(", "),
  month: "January, February, March, April, May, June, September, October, November".split(", "),
};

const classes = {
  negative: [
    "{who} <hardly listened|was short with me|forgot about me|talked down to us>.",
    "{what} was <a mess|dreadful|far too loud|dirty|a disappointment>.",
    "I waited {2-6} hours at {site} and <left|nobody came|nobody cared>.",
    "I would not <come back|send anybody here|recommend {site}>.",
    "The pain was not taken seriously.",
    "They lost my papers <twice|again>.",
  ],
  neutral: [
    "{who} <explained the form|asked the usual questions|took my blood pressure>.",
    "{what} was <as expected|like everywhere|neither good nor bad|all right>.",
    "I was at {site} in {month} for a check.",
    "The visit took {20-90} minutes.",
    "I have no <strong opinion|complaint and no praise>.",
    "Some things went well, some did not.",
  ],
  positive: [
    "{who} <took the time to listen|was kind and patient|made me laugh|answered every question>.",
    "{what} was <spotless|a pleasant surprise|better than I feared|excellent>.",
    "I was seen within {5-20} minutes at {site}.",
    "I would <come back|recommend {site} to anybody|give ten stars>.",
    "I felt safe <the whole time|with {who}>.",
    "Thanks to {who} I can walk again.",
  ],
} as const;
type Sentiment = keyof typeof classes;
const labels = Object.keys(classes) as Sentiment[];
/** Words of feeling that mean their opposite, so that counting words is not enough. */
const turned: Readonly<Record<Sentiment, readonly string[]>> = {
  negative: [
    "Not one kind word from {who}.",
    "I was told {what} was excellent; it is not.",
    "Anything but patient, {who}.",
  ],
  neutral: ["{what} was not dirty, not spotless either.", "{who} was not rude, just busy."],
  positive: [
    "I feared that {what} would be dreadful, and it was not.",
    "I never felt forgotten, {who} saw to that.",
  ],
};
const aside = [
  "I came by bus <in {month}|from far away>.",
  "This was my <second|third|fourth|fifth> visit.",
  "{who} was new.",
  "It was about {what}.",
  "My <wife|husband|son|daughter> came along.",
];

export const sentiment: ClassSample = {
  kind: "single-label",
  about: "feedback of patients: negative, neutral or positive",
  labels,
  records: 800,
  write(random) {
    // As everywhere, most who write are content.
    const label = random.pick<Sentiment>(["negative", "negative", "neutral", "positive", "positive"]);
    const say = sentenceWriter(random, lists);
    const sentences = [say(random.chance(0.25) ? turned[label] : classes[label])];
    if (random.chance(0.6)) sentences.push(say(classes[label]));
    if (random.chance(0.6)) sentences.unshift(say(aside));
    if (random.chance(0.25)) sentences.push(`But ${say(classes[otherThan(random, label, labels)])}`);
    if (random.chance(0.3)) sentences.push(say(aside));
    return {
      text: inWriting(random, sentences),
      classes: [random.chance(0.04) ? otherThan(random, label, labels) : label],
      facets: { ward: random.pick(["surgery", "medicine", "children"]) },
    };
  },
};
