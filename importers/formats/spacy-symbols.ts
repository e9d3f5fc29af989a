// spaCy's own names of words and labels: these it stores by their number (spacy/symbols.pyx, 3.0 to 3.8), all others by
// their hash. Among them are words of notes: number, prep, root, ID, X.
const from: Record<number, string> = {
  1: `
  IS_ALPHA IS_ASCII IS_DIGIT IS_LOWER IS_PUNCT IS_SPACE IS_TITLE IS_UPPER LIKE_URL LIKE_NUM LIKE_EMAIL
  IS_STOP IS_OOV_DEPRECATED IS_BRACKET IS_QUOTE IS_LEFT_PUNCT IS_RIGHT_PUNCT IS_CURRENCY`,
  64: `
  ID ORTH LOWER NORM SHAPE PREFIX SUFFIX LENGTH CLUSTER LEMMA POS TAG DEP ENT_IOB ENT_TYPE HEAD SENT_START
  SPACY PROB LANG ADJ ADP ADV AUX CONJ CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X EOL
  SPACE`,
  380: `
  PERSON NORP FACILITY ORG GPE LOC PRODUCT EVENT WORK_OF_ART LANGUAGE LAW DATE TIME PERCENT MONEY QUANTITY
  ORDINAL CARDINAL acomp advcl advmod agent amod appos attr aux auxpass cc ccomp complm conj cop csubj
  csubjpass dep det dobj expl hmod hyph infmod intj iobj mark meta neg nmod nn npadvmod nsubj nsubjpass
  num number oprd obj obl parataxis partmod pcomp pobj poss possessive preconj prep prt punct quantmod
  relcl rcmod root xcomp acl ENT_KB_ID MORPH ENT_ID IDX _`,
};

/** By number. What spaCy calls FLAG19 and DEPRECATED001 to …276 is no word, and left out. */
export const symbols: ReadonlyMap<bigint, string> = new Map(
  Object.entries(from).flatMap(([first, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map((name, index): [bigint, string] => [BigInt(Number(first) + index), name]),
  ),
);
