/**
 * People who are signed in, and applications that take their codes for tokens.
 *
 * <p><b>Trust.</b> Passwords, cookies and tokens are of the run alone, in files of its folder that
 * only its owner reads.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.benchmarks.people;
