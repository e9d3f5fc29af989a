import { type ClassSample, inWriting, otherThan, sentenceWriter } from "./sample.ts";

const lists = {
  month: "January, February, March, April, May, June, September, October, November".split(", "),
  day: "Monday, Tuesday, Wednesday, Thursday, Friday".split(", "),
  drug: "metoprolol, insulin, my inhaler, the eye drops, lisinopril, the ointment, my thyroid tablets".split(
    ", ",
  ),
  clinic:
    "cardiology, dermatology, the eye clinic, physiotherapy, radiology, the foot clinic, neurology".split(
      ", ",
    ),
  test: "blood test, MRI, biopsy, ultrasound, allergy test, X-ray, stress test".split(", "),
  insurer: "my insurer, the health plan, the second insurance, the carrier, my employer's plan".split(", "),
};

/** What people write to each queue. */
const queues: Readonly<Record<string, readonly string[]>> = {
  Appointments: [
    "I would like <to see somebody|a visit|a slot> at {clinic} <next week|in {month}|on a {day}>.",
    "Is there <an earlier|a later|another> time than {day} at {2-11}?",
    "When can I come to {clinic}?",
    "Please <book|schedule> me <for|with> {clinic} <soon|as early as you can|after {month}>.",
  ],
  Cancellations: [
    "I cannot <come|make it> on {day}, please take me off the list.",
    "Please cancel my <visit|slot> at {clinic} <on {day}|in {month}>.",
    "Something came up and I have to <drop|call off> {day}'s visit.",
    "We are travelling in {month}, so the {test} has to be cancelled.",
  ],
  Prescriptions: [
    "I am running out of {drug} <this week|in {2-9} days>.",
    "Could you renew the prescription for {drug}?",
    "The pharmacy says there are no refills left for {drug}.",
    "Can {drug} be sent to <another|the mail-order|my local> pharmacy?",
  ],
  "Test results": [
    "Has the {test} <come back|been read> yet?",
    "I had a {test} on {day} and have not heard anything.",
    "Where do I find the result of my {test}?",
    "Please tell me what the {test} <showed|found>.",
  ],
  "Records requests": [
    "I need a copy of my file <for a new doctor|since {month}|for a lawyer>.",
    "Please send my chart and the {test} pictures to {clinic} <elsewhere|in another town>.",
    "How do I get my records <released|transferred|as a PDF>?",
    "Attached is the signed form to release my <chart|file|images>.",
  ],
  Referrals: [
    "My family doctor wants me to be seen by {clinic}; has the letter arrived?",
    "I need a referral to {clinic}.",
    "Did you get the fax that refers me to {clinic}?",
    "{insurer} will not let me see {clinic} without a referral.",
  ],
  "Insurance claims": [
    "The claim for my {test} was denied <by {insurer}|again|in {month}>.",
    "Please resubmit the claim with the right code, {insurer} asks for it.",
    "{insurer} says that no claim was filed for {month}.",
    "I have a new card from {insurer}; here are the group details.",
  ],
  "Billing questions": [
    "What is the charge of {20-900} dollars on my statement from {month}?",
    "I do not understand the bill for the {test}.",
    "Why was I billed twice <for the {test}|in {month}>?",
    "Could I have an itemised statement for {month}?",
  ],
  Refunds: [
    "I overpaid {20-900} dollars in {month} and want it back.",
    "When will the refund for the {test} <arrive|be sent>?",
    "Please return the deposit that I <left|paid> in {month}.",
    "My card was charged although {insurer} had paid; please reimburse me.",
  ],
  "Payment plans": [
    "I cannot pay {200-2900} dollars at once; are instalments possible?",
    "Could we spread the balance over {3-24} months?",
    "I lost my job in {month} and need help with what I owe.",
    "Please lower my monthly instalment to {20-90} dollars.",
  ],
  "Portal access": [
    "The portal <does not know my password|locks me out|shows an empty page>.",
    "I cannot sign in since {day}.",
    "The code to log in never reaches my phone.",
    "How do I <add my mother|open an account|change my e-mail> in the portal?",
  ],
  Complaints: [
    "I waited {2-5} hours at {clinic} and nobody said a word.",
    "The <person at the desk|nurse|man on the phone> was rude to me on {day}.",
    "I want to <complain|speak to a manager> about {clinic}.",
    "The way that I was treated on {day} is not acceptable.",
  ],
};
const labels = Object.keys(queues);

const openings = [
  "Hello,",
  "Good morning,",
  "Hi there,",
  "Dear team,",
  "To whom it may concern:",
  "Hello again,",
];
const closings = [
  "Thank you <very much|in advance|for your help>.",
  "Please <call|write> back <by {day}|when you can|soon>.",
  "I am at work until {2-6}.",
  "Sorry for the trouble.",
  "This is my <second|third> message.",
];
/** Sentences that say nothing of where they belong. */
const vague = [
  "I wrote about this in {month} already.",
  "Who is the right person for the matter of {day}?",
  "It is about {clinic} and what we discussed in {month}.",
  "I called {2-7} times about the {test} and got no answer.",
  "Please look at my case from {month}, it has to do with {insurer}.",
];

export const routing: ClassSample = {
  kind: "single-label",
  about: "e-mails to a clinic's office, each for one of 12 queues",
  labels,
  records: 900,
  write(random) {
    const queue = random.pick(labels);
    const say = sentenceWriter(random, lists);
    const sentences = [say(random.chance(0.06) ? vague : queues[queue]!)];
    if (random.chance(0.4)) sentences.push(say(random.chance(0.4) ? queues[queue]! : vague));
    // A second matter: the first one decides.
    if (random.chance(0.1)) sentences.push(`P.S. ${say(queues[otherThan(random, queue, labels)]!)}`);
    if (random.chance(0.6)) sentences.unshift(random.pick(openings));
    if (random.chance(0.5)) sentences.push(say(closings));
    const label = random.chance(0.03) ? otherThan(random, queue, labels) : queue;
    return {
      text: inWriting(random, sentences),
      classes: [label],
      facets: { channel: random.pick(["e-mail", "e-mail", "portal"]) },
    };
  },
};
