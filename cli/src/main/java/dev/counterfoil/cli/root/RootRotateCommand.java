package dev.counterfoil.cli.root;

import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.format.ceremony.Ceremony;
import dev.counterfoil.format.root.JointStatement;
import dev.counterfoil.format.root.RootMetadata;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prepares the next version of a root. */
@Command(
    name = "rotate",
    description = {
      "Prepares the next version of a root, and new delegations.",
      "It has other holders, another threshold, or a later expiry.",
      "Enough holders of the old root and enough of the new one must sign it. Policies"
          + " stay the same."
    })
final class RootRotateCommand extends PrintingCommand {
  @Mixin private RootPlan plan;

  @Mixin private RootChanges changes;

  @Option(
      names = "--remove",
      paramLabel = "NAME",
      description = "A holder to remove. May be repeated.")
  private List<String> removed = new ArrayList<>();

  @Override
  public Integer call() {
    List<JointStatement> roots = plan.roots();
    RootMetadata old = RootPlan.root(roots);
    RootMetadata next = changes.next(old, removed, plan.now());
    return plan.write(plan.delegating(new Ceremony(roots, List.of()).with(next), next), json);
  }
}
