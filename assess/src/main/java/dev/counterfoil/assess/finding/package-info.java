/**
 * What an assessment can find, how grave it is, and what it found.
 *
 * <p><b>Trust.</b> Texts are ours; evidence is a stranger's and was made printable.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.assess.finding;
