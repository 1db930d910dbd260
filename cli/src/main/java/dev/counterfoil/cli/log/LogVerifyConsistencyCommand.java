package dev.counterfoil.cli.log;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PolicyFile;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.AddCheckpoint;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Extension;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.LogPolicy;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks from a policy file alone that one checkpoint extends another. */
@Command(
    name = "verify-consistency",
    description = {
      "Checks the output of prove-consistency with nothing but a policy file.",
      "It needs no network and no installation.",
      "Exit code 0: the log extends the kept checkpoint; 1: it does not, with the reason."
    })
final class LogVerifyConsistencyCommand extends PrintingCommand {
  @Option(
      names = "--policy",
      paramLabel = "POLICY",
      required = true,
      description = "A trust policy with a log line, or a plain tlog-policy.")
  private Path policyFile;

  @Parameters(
      index = "0",
      paramLabel = "CHECKPOINT-FILE",
      description = "The checkpoint that was kept.")
  private Path oldFile;

  @Parameters(
      index = "1",
      paramLabel = "PROOF-FILE",
      description = "The file that prove-consistency wrote.")
  private Path proofFile;

  @Override
  public Integer call() {
    LogPolicy policy = PolicyFile.read(policyFile).logs();
    byte[] oldNote = LogProveConsistencyCommand.readNote(oldFile);
    byte[] request = LogProveConsistencyCommand.readUpTo(proofFile, AddCheckpoint.BYTES_MAX);
    try {
      Checkpoint old = signedByALog(policy, oldNote);
      AddCheckpoint proof = AddCheckpoint.parse(request);
      Checkpoint present = signedByALog(policy, proof.note().bytes());
      if (!old.origin().equals(present.origin())) {
        throw new FormatException("the two checkpoints belong to different logs");
      }
      Extension judged = Extension.judge(old, present, new Extension.Evidence.Proof(proof.proof()));
      if (proof.oldSize() != old.size() || judged == Extension.OLDER) {
        throw new FormatException(
            "the proof is from size %d to %d, but the kept checkpoint has size %d"
                .formatted(proof.oldSize(), present.size(), old.size()));
      }
      if (judged == Extension.FORKED) {
        throw new FormatException(
            "the log signed two histories: the two checkpoints of size %d have different roots"
                .formatted(old.size()));
      }
      if (judged != Extension.SAME && judged != Extension.EXTENDS) {
        throw new FormatException(
            "the proof does not lead from the kept checkpoint's root to the present one's");
      }
      print(
          JsonObject.builder()
              .put("consistent", true)
              .put("origin", present.origin())
              .put("old", old.size())
              .put("size", present.size())
              .build(),
          "CONSISTENT  %s of size %d extends itself at size %d"
              .formatted(present.origin(), present.size(), old.size()));
      return ExitCode.OK;
    } catch (FormatException e) {
      print(
          JsonObject.builder().put("consistent", false).put("reason", e.getMessage()).build(),
          "NOT CONSISTENT  " + e.getMessage());
      return ExitCode.NO;
    }
  }

  /** A checkpoint that a log of the policy signed; cosignatures are not asked for here. */
  private static Checkpoint signedByALog(LogPolicy policy, byte[] note) throws FormatException {
    SignedNote signed = SignedNote.parse(note);
    return new LogPolicy(policy.logs(), List.of(), List.of(), LogPolicy.NONE)
        .verify(signed.bytes());
  }
}
