import { treesContext } from '../support/trees.ts';

// Twenty trees of four levels.

export default treesContext();
