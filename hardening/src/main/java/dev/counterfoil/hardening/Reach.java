package dev.counterfoil.hardening;

import java.nio.file.Path;
import java.util.List;

/**
 * What a process reaches by its configuration, for the rules that keep it from all else.
 *
 * @param folder its own
 * @param logFolder parent of the public log folders
 * @param secrets files that only it may read
 * @param libraries shared libraries that it loads
 * @param reads what these read beside themselves
 * @param writes what these write
 * @param sockets on which it listens
 * @param network whether it connects to an HSM over TCP
 */
public record Reach(
    Path folder,
    Path logFolder,
    List<Path> secrets,
    List<Path> libraries,
    List<Path> reads,
    List<Path> writes,
    List<Path> sockets,
    boolean network) {
  public Reach {
    secrets = List.copyOf(secrets);
    libraries = List.copyOf(libraries);
    reads = List.copyOf(reads);
    writes = List.copyOf(writes);
    sockets = List.copyOf(sockets);
  }
}
