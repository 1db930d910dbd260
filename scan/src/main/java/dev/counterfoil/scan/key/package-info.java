/**
 * What private keys look like: in the usual formats of anyone's, and of an installation's own in
 * every form that memory and text hold them in.
 *
 * <p><b>Trust.</b> It knows the public halves and hints of own keys, and no private one.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.scan.key;
