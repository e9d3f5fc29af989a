const plain = /^[\w./@%+,:-]+$/;

/** A word of a command line that somebody is to copy into a shell, quoted where the shell would read it otherwise. */
export function shellWord(word: string): string {
  return plain.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
