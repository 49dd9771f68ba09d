/** Root hooks of the test run. Servers that several files share are started here, once, in the main process. */
export const mochaGlobalSetup = (): void => {};
