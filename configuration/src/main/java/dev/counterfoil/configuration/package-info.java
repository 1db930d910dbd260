/**
 * Configuration: a YAML file in, a record out.
 *
 * <p><b>Trust.</b> Who can write a process's configuration file can point the process at other
 * sockets, folders and keys, and so is trusted as much as the user that starts it. An attacker who
 * writes it cannot make the reader run code, follow references inside the file, or hold more than
 * {@link dev.counterfoil.configuration.Configuration#BYTES_MAX} bytes. Secrets stand in files of
 * their own ({@link dev.counterfoil.configuration.SecretFile}) and never in the configuration.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.configuration;
