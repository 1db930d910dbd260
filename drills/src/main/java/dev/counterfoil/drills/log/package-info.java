/**
 * Drills of the logs: a host that is lost, a disk that is put back, an audit log in its
 * administrator's hands.
 *
 * <p>What a drill of one domain under steady traffic needs enters here.
 *
 * <p><b>Trust.</b> A custody that is broken on purpose stands here; no signer of an installation
 * finds it on its class path by configuration.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.drills.log;
