/**
 * Sends a message to the process that forked this one. A parent that is gone, or goes meanwhile, hears nothing: without
 * a callback, the write that fails (EPIPE) would end this process too.
 */
export const sendToParent = (message: unknown): void => {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
};
