package dev.counterfoil.cli.root;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.root.RootMetadata;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the next version of a root has that the one before has not. */
final class RootChanges {
  @Option(
      names = "--add",
      paramLabel = "FILE",
      description = "A new holder's root-key.pub. May be repeated.")
  private List<Path> added = new ArrayList<>();

  @Option(
      names = "--threshold",
      paramLabel = "K",
      description = "How many holders must sign (default: as before).")
  private @Nullable Integer threshold;

  @Mixin private RootExpiry expiry;

  /** The version after one, without some of its holders. */
  RootMetadata next(RootMetadata old, List<String> without, Instant now) {
    List<NoteKey> keys = holders(remaining(old, without));
    try {
      return old.next(keys, threshold(old), now, expiry.from(now));
    } catch (IllegalArgumentException e) {
      throw CommandFailure.environment(String.valueOf(e.getMessage()));
    }
  }

  /**
   * A root that follows no other, of those who are left of an old one.
   *
   * @throws IllegalArgumentException when they are too few
   */
  RootMetadata anew(RootMetadata old, List<NoteKey> left, Instant now) {
    return RootMetadata.first(holders(left), threshold(old), now, expiry.from(now));
  }

  private int threshold(RootMetadata old) {
    return threshold == null ? old.threshold() : threshold;
  }

  private List<NoteKey> holders(List<NoteKey> left) {
    List<NoteKey> keys = new ArrayList<>(left);
    keys.addAll(RootFiles.publicKeys(added));
    return keys;
  }

  /** The holders of a root without some of them. */
  static List<NoteKey> remaining(RootMetadata root, List<String> without) {
    List<NoteKey> keys = new ArrayList<>(root.keys());
    for (String name : without) {
      if (!keys.removeIf(key -> key.name().equals(name))) {
        throw CommandFailure.environment(
            "the root has no holder "
                + name
                + ": "
                + root.keys().stream().map(NoteKey::name).toList());
      }
    }
    return keys;
  }
}
