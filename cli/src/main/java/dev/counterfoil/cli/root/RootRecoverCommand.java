package dev.counterfoil.cli.root;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.format.ceremony.Ceremony;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.root.JointStatement;
import dev.counterfoil.format.root.RootMetadata;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prepares what is to be done when holders' keys are lost or stolen. */
@Command(
    name = "recover",
    description = {
      "Prepares the recovery when holders' keys are lost or stolen.",
      "If enough holders are left, their keys rotate the lost ones out, and the"
          + " registrars get new delegations. If too few are left, or enough keys to sign"
          + " were stolen, only a new root helps, and a new policy for every verifier. The"
          + " command then says so and prepares that root (exit code 1)."
    })
final class RootRecoverCommand extends PrintingCommand {
  @Mixin private RootPlan plan;

  @Option(
      names = "--lost",
      paramLabel = "NAME",
      required = true,
      description = "A holder whose key is lost or stolen. May be repeated.")
  private List<String> lost = new ArrayList<>();

  @Option(names = "--stolen", description = "The keys were stolen, not just lost.")
  private boolean stolen;

  @Mixin private RootChanges changes;

  @Override
  public Integer call() {
    List<JointStatement> roots = plan.roots();
    RootMetadata old = RootPlan.root(roots);
    List<NoteKey> left = RootChanges.remaining(old, lost);
    boolean canSign = left.size() >= old.threshold();
    boolean thiefCanSign = stolen && lost.size() >= old.threshold();
    if (canSign && !thiefCanSign) {
      RootMetadata next = changes.next(old, lost, plan.now());
      return plan.write(plan.delegating(new Ceremony(roots, List.of()).with(next), next), json);
    }
    return newRoot(old, left, thiefCanSign);
  }

  private int newRoot(RootMetadata old, List<NoteKey> left, boolean thiefCanSign) {
    System.err.println(
        thiefCanSign
            ? "Warning: somebody with these keys can sign as the root does. No rotation"
                + " takes that power away."
            : ("Warning: %d of the %d holders that must sign are left. Nobody can rotate"
                    + " this root.")
                .formatted(left.size(), old.threshold()));
    System.err.println(
        "This prepared a NEW root. It needs new registrars' folders (their key logs"
            + " belong to the old root), and every verifier needs a new policy. Until then"
            + " verifiers continue with the old root, to the end of its last window. See"
            + " docs/operate/root.md, When too few are left.");
    try {
      RootMetadata root = changes.anew(old, left, plan.now());
      plan.write(Ceremony.of(root), json);
      if (!json) {
        System.out.printf("Policy line:   root %s%n", root.pin());
      }
      return ExitCode.NO;
    } catch (IllegalArgumentException e) {
      throw CommandFailure.environment(e.getMessage() + ". Name new holders with --add");
    }
  }
}
