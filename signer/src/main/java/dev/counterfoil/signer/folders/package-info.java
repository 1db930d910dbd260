/**
 * Where a generation's keys, journal and public log lie, and which number the next one has.
 *
 * <p>Only paths and the marks beside them enter here.
 *
 * <p><b>Trust.</b> An attacker who controls it can end a generation or point it to other folders;
 * journal and key log still decide whether a log goes on.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signer.folders;
