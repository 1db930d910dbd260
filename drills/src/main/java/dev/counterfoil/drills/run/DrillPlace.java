package dev.counterfoil.drills.run;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;

/**
 * Where a drill is carried out.
 *
 * @param parent a folder in which a fresh one is made; short, since paths of sockets lie below it,
 *     and passable for other users, such as {@code /tmp}
 */
public record DrillPlace(Path parent, InstantSource clock, SecureRandom random) {
  /** With this machine's clock. */
  public static DrillPlace in(Path parent) {
    return new DrillPlace(parent, InstantSource.system(), new SecureRandom());
  }
}
