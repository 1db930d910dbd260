/**
 * The drill of upgrade and rollback: an older distribution, this one and the older one again on one
 * folder, under traffic.
 *
 * <p>Distributions are used as a person does: by their command, over HTTP and from the files that
 * {@code up} lays down. So nothing here depends on how the older one works inside.
 *
 * <p><b>Trust.</b> It runs the program of a folder that the operator names, with the operator's own
 * rights: whoever can write to that folder can do what the operator can. An attacker who controls
 * this room can call a version fit to roll back to that is not. He gets the keys and secrets of the
 * throwaway installation, and nothing of a real one.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.drills.upgrade;
