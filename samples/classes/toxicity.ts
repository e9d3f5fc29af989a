import { type ClassSample, inWriting, sentenceWriter } from "./sample.ts";

// Mild on purpose: nothing here is worse than what a comic for children prints.
const lists = {
  name: "blockhead, nincompoop, turnip, muppet, clown, walnut, noodle, doughnut".split(", "),
  very: "complete, total, perfect, proper, prize".split(", "),
  oath: "darn, blasted, flipping, blooming, confounded".split(", "),
  thing: "portal, waiting list, parking lot, newsletter, opening hours, forum, phone line".split(", "),
};

const says = {
  insult: [
    "You are <such a|a {very}> {name}.",
    "Nobody but a {very} {name} would <write|plan|defend> this {thing}.",
    "Whoever made the {thing} has the brain of a {name}.",
    "Go back to school, {name}.",
  ],
  threat: [
    "You will <regret this|be sorry|pay for this> <soon|one day>.",
    "I know which bus you take, {name}.",
    "Wait until I <meet you|see you in the parking lot>.",
    "Change the {thing}, or something will happen to you.",
  ],
  profanity: [
    "This {oath} {thing} again.",
    "What the <heck|blazes|dickens> is wrong with the {thing}?",
    "Fix the {oath} {thing}.",
    "{oath} nonsense, all of it.",
  ],
} as const;
const kinds = Object.keys(says) as (keyof typeof says)[];

/** Harmless, some with the same words. */
const harmless = [
  "The {thing} <works better now|was down on Monday|could be clearer>.",
  "Thank you for the {thing}.",
  "Does anybody know how the {thing} works?",
  "I brought a {name} for <the nurses|my daughter>.",
  "The children laughed at the {name} in the waiting room.",
  "Nobody should be called a {name} here.",
  "You will be sorry to have missed the talk on the {thing}.",
  "I know which bus goes there.",
  "What is wrong with the {thing}?",
  "Wait until you see the new {thing}.",
  "I waited {10-90} minutes <on|for> the {thing}.",
  "I agree with what was said in comment {2-400}.",
];

export const toxicity: ClassSample = {
  kind: "multi-label",
  about: "comments in a patients' forum, any number of four labels, none for most",
  labels: ["toxic", ...kinds],
  records: 1000,
  write(random) {
    const say = sentenceWriter(random, lists);
    const meant = new Set<string>();
    const sentences = random.chance(0.8) ? [say(harmless)] : [];
    if (random.chance(0.4))
      for (const kind of kinds)
        if (random.chance(kind === "threat" ? 0.25 : 0.5)) {
          meant.add(kind);
          sentences.splice(random.between(0, sentences.length), 0, say(says[kind]));
        }
    if (random.chance(0.4) || sentences.length === 0) sentences.push(say(harmless));
    // Whether a comment as a whole is toxic is a matter of taste: mere profanity is, to one annotator in two.
    if (meant.has("insult") || meant.has("threat") || (meant.size > 0 && random.chance(0.5)))
      meant.add("toxic");
    for (const label of meant) if (random.chance(0.05)) meant.delete(label);
    return {
      text: inWriting(random, sentences),
      classes: toxicity.labels.filter((label) => meant.has(label)),
    };
  },
};
