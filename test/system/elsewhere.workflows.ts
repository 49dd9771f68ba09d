/** Workflows of somebody else's worker. */
export const echo = async ({ text }: { text: string }): Promise<string> => `${text}, ${text}`;
