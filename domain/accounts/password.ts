/** Characters a password has. */
const SHORTEST = 12;
const LONGEST = 256;

/** What a password must be like, for messages. */
export const passwordRule = `${SHORTEST} to ${LONGEST} characters, not the name of the account, and not one character again and again`;

/** A password as it is compared: however a keyboard puts letters and their accents together. */
export const comparablePassword = (password: string): string => password.normalize('NFKC');

/** Whether an account of this name may have a password. Length is what counts: NIST SP 800-63B, 3.1.1.2. */
export const isPassword = (password: string, name: string): boolean => {
  const characters = Array.from(comparablePassword(password));
  return (
    characters.length >= SHORTEST &&
    characters.length <= LONGEST &&
    new Set(characters).size > 1 &&
    comparablePassword(password).toLowerCase() !== name
  );
};
