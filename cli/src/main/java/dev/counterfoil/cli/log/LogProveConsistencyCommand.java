package dev.counterfoil.cli.log;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.LogPlace;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.AddCheckpoint;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Extension;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.ConsistencyProof;
import dev.counterfoil.log.read.LogProver;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes the proof that a log extends a checkpoint that somebody kept. */
@Command(
    name = "prove-consistency",
    mixinStandardHelpOptions = true,
    description = {
      "Writes the proof that a log's checkpoint extends one that was kept.",
      "The output is the request that a witness accepts (c2sp.org/tlog-witness): old"
          + " size, hashes and the present checkpoint.",
      "Exit code 0: proved; 1: the log does not extend it."
    })
final class LogProveConsistencyCommand implements Callable<Integer> {
  @Parameters(paramLabel = "CHECKPOINT-FILE", description = "The checkpoint that was kept.")
  private Path oldFile;

  @Option(
      names = "--from",
      paramLabel = LogPlace.LABEL,
      required = true,
      description = "The log: its URL, its folder, or a copy.")
  private String from;

  @Mixin private LogPlace place;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "The file to write (default: standard output).")
  private @Nullable Path out;

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (LogPlace.Opened log = LogPlace.open(from)) {
      NoteKey key = place.key(log);
      Checkpoint old = Checkpoint.verify(readNote(oldFile), key);
      byte[] note = log.source().checkpoint();
      Checkpoint present = Checkpoint.verify(note, key);
      if (Extension.judge(old, present) == Extension.OLDER) {
        return no("the log went back from size %d to %d".formatted(old.size(), present.size()));
      }
      ConsistencyProof proof =
          new LogProver(log.source()).consistency(old.size(), present.size(), present.size());
      Extension judged = Extension.judge(old, present, new Extension.Evidence.Proof(proof.path()));
      if (judged != Extension.SAME && judged != Extension.EXTENDS) {
        return no(
            ("the log of size %d does not extend the checkpoint of size %d. Keep both:"
                    + " they are evidence, unless counterfoil log check finds"
                    + " that stored hashes are damaged")
                .formatted(present.size(), old.size()));
      }
      byte[] request = AddCheckpoint.of(old.size(), proof.path(), SignedNote.parse(note)).bytes();
      if (out == null) {
        System.out.write(request);
        System.out.flush();
      } else {
        Files.write(out, request);
      }
      return ExitCode.OK;
    } catch (FormatException e) {
      return no(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw CommandFailure.unavailable("cannot read the log at " + from + ": " + e.getMessage());
    }
  }

  static byte[] readNote(Path file) {
    return readUpTo(file, SignedNote.BYTES_MAX);
  }

  static byte[] readUpTo(Path file, int bytesMax) {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(bytesMax + 1);
    } catch (IOException e) {
      throw CommandFailure.environment("cannot read " + file);
    }
  }

  private static int no(String why) {
    System.err.println("NOT CONSISTENT  " + why);
    return ExitCode.NO;
  }
}
