// Plain JavaScript: the set-up and bin.mjs run it on the host's Node, before anything is there.

// Where an interpreter looks for code, what it loads first, and where pip installs to.
const decidesOnCode =
  /^(PYTHON(?!UNBUFFERED$|WARNINGS$).*|VIRTUAL_ENV|CONDA_PREFIX|NODE_OPTIONS|NODE_PATH|LD_PRELOAD|DYLD_INSERT_LIBRARIES|PIP_(TARGET|PREFIX|ROOT|USER|PYTHON))$/;

/**
 * The caller's environment without what makes another program run other code than ours: PYTHONHOME of another
 * installation, NODE_OPTIONS of another Node. Everything else stays, since proxies, registries and certificates are
 * the machine's matter.
 *
 * @param {NodeJS.ProcessEnv} environment
 * @returns {NodeJS.ProcessEnv}
 */
export function cleanEnvironment(environment = process.env) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !decidesOnCode.test(name)));
}
