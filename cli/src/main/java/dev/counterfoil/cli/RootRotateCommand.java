package dev.counterfoil.cli;

import dev.counterfoil.format.Ceremony;
import dev.counterfoil.format.JointStatement;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.RootMetadata;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prepares the next version of a root. */
@Command(
    name = "rotate",
    mixinStandardHelpOptions = true,
    description = {
      "Prepares the next version of a root: other holders, another threshold, a later expiry; and delegates anew.",
      "Enough holders of the old root and enough of the new one sign it. Policies stay as they are."
    })
final class RootRotateCommand implements Callable<Integer> {
  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private RootPlan plan;

  @Option(
      names = "--add",
      paramLabel = "FILE",
      description = "A new holder's root-key.pub; may be given again.")
  private List<Path> added = new ArrayList<>();

  @Option(
      names = "--remove",
      paramLabel = "NAME",
      description = "A holder who has no say any more; may be given again.")
  private List<String> removed = new ArrayList<>();

  @Option(
      names = "--threshold",
      paramLabel = "K",
      description = "How many holders it takes (default: as before).")
  private @Nullable Integer threshold;

  @Option(
      names = "--expires-days",
      paramLabel = "DAYS",
      defaultValue = "730",
      description = "When it expires, from now (default: 730).")
  private int expiresDays;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    List<JointStatement> roots = plan.roots();
    RootMetadata old = RootPlan.root(roots);
    RootMetadata next =
        next(old, RootFiles.publicKeys(added), removed, threshold, plan.now(), expiresDays);
    return plan.write(plan.delegating(new Ceremony(roots, List.of()).with(next), next), json);
  }

  static RootMetadata next(
      RootMetadata old,
      List<NoteKey> added,
      List<String> removed,
      @Nullable Integer threshold,
      Instant now,
      int expiresDays) {
    List<NoteKey> keys = remaining(old, removed);
    keys.addAll(added);
    try {
      return old.next(
          keys,
          threshold == null ? old.threshold() : threshold,
          now,
          RootCommand.expires(now, expiresDays));
    } catch (IllegalArgumentException e) {
      throw CommandFailure.environment(String.valueOf(e.getMessage()));
    }
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
