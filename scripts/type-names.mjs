// One word, one thing: finds types that several files export under one name.
import { readFileSync } from 'node:fs';
import ts from 'typescript';

const isType = (node) =>
  ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isClassDeclaration(node);
const isExported = ({ modifiers = [] }) => modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

/** Names of exported types, each with the files that declare it, where these are several. */
export const sharedTypeNames = (files) => {
  const declared = new Map();
  for (const file of files) {
    const { statements } = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
    for (const statement of statements) {
      if (!isType(statement) || !isExported(statement) || statement.name === undefined) continue;
      const { text } = statement.name;
      declared.set(text, [...(declared.get(text) ?? []), file]);
    }
  }
  return [...declared].filter(([, places]) => places.length > 1);
};
