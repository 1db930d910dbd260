package dev.counterfoil.format.policy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Which logs are accepted, and which of their witnesses must have cosigned (c2sp.org/tlog-policy).
 *
 * @param logs the accepted logs; empty where another source names them
 * @param witnesses the witnesses that count
 * @param groups groups of witnesses and of groups before them
 * @param quorum the witness or group that must have cosigned, or {@link #NONE}
 */
public record LogPolicy(
    List<PinnedLog> logs, List<Witness> witnesses, List<Group> groups, String quorum) {
  /** The quorum of a policy that asks for no cosignature. */
  public static final String NONE = "none";

  /** No log, no witness, no cosignature asked for. */
  public static final LogPolicy EMPTY = new LogPolicy(List.of(), List.of(), List.of(), NONE);

  /** Longest policy accepted, in bytes: an ML-DSA-44 key takes 1.8 kB. */
  public static final int BYTES_MAX = 256 * 1024;

  /** Most logs, most witnesses, and most groups; the specification asks for 32 of each. */
  public static final int LINES_MAX = 256;

  /**
   * A line {@code log}.
   *
   * @param key its name is the log's origin
   * @param url where the log is
   */
  public record PinnedLog(NoteKey key, Optional<String> url) {
    /** A log without a URL. */
    public PinnedLog(NoteKey key) {
      this(key, Optional.empty());
    }
  }

  /**
   * A line {@code witness}.
   *
   * @param name what the policy calls it; not the key's name
   * @param url its submission prefix (c2sp.org/tlog-witness)
   */
  public record Witness(String name, CosignerKey key, Optional<String> url) {}

  /**
   * A line {@code group}: cosigned when so many of its members have.
   *
   * @param threshold from 1 to the number of members
   * @param members witnesses, or groups that stand before it
   */
  public record Group(String name, int threshold, List<String> members) {
    public Group {
      members = List.copyOf(members);
    }
  }

  /**
   * Takes the lines in this order.
   *
   * @throws IllegalArgumentException when they break a rule of the specification
   */
  public LogPolicy {
    logs = List.copyOf(logs);
    witnesses = List.copyOf(witnesses);
    groups = List.copyOf(groups);
    LogPolicyRules rules = new LogPolicyRules();
    try {
      for (PinnedLog log : logs) {
        rules.add(log);
      }
      for (Witness witness : witnesses) {
        rules.add(witness);
      }
      for (Group group : groups) {
        rules.add(group);
      }
      rules.quorum(quorum);
    } catch (FormatException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** Parses a policy file of nothing but such lines; errors name the line. */
  public static LogPolicy parse(byte[] file) throws FormatException {
    return read(file).policy().orElseThrow(LogPolicy::withoutQuorum);
  }

  private static LogPolicyRules read(byte[] file) throws FormatException {
    LogPolicyRules rules = new LogPolicyRules();
    PolicyLines.read(
        file,
        words -> {
          if (!rules.accept(words)) {
            throw new FormatException("unknown keyword");
          }
        });
    return rules;
  }

  private static FormatException withoutQuorum() {
    return new FormatException("policy has no quorum");
  }

  /** Whether the quorum's cosignatures stand under a checkpoint. */
  public boolean isQuorum(SignedNote checkpoint) {
    return cosigned(checkpoint).quorum();
  }

  /** Who cosigned a checkpoint. Whether its log signed it is not looked at. */
  public CosignedBy cosigned(SignedNote checkpoint) {
    List<CosignedBy.Entry> entries = new ArrayList<>();
    for (Witness witness : witnesses) {
      Cosignature.find(checkpoint, witness.key())
          .ifPresent(cosignature -> entries.add(new CosignedBy.Entry(witness, cosignature)));
    }
    return CosignedBy.of(this, entries);
  }

  /** Whether the quorum is reached when these witnesses have cosigned. */
  public boolean isQuorum(Predicate<String> hasCosigned) {
    return quorum.equals(NONE) || isReached(quorum, hasCosigned);
  }

  private boolean isReached(String name, Predicate<String> hasCosigned) {
    for (Group group : groups) {
      if (group.name().equals(name)) {
        return group.members().stream().filter(member -> isReached(member, hasCosigned)).count()
            >= group.threshold();
      }
    }
    return hasCosigned.test(name);
  }

  /**
   * Checks that one of the policy's logs signed a checkpoint and that the quorum cosigned it, and
   * gives the checkpoint.
   */
  public Checkpoint verify(byte[] note) throws FormatException {
    SignedNote signed = SignedNote.parse(note);
    Checkpoint checkpoint = Checkpoint.parse(signed.text());
    List<NoteKey> keys =
        logs.stream()
            .map(PinnedLog::key)
            .filter(key -> key.name().equals(checkpoint.origin()))
            .toList();
    if (keys.isEmpty()) {
      throw new FormatException("checkpoint is of a log that the policy does not list");
    }
    if (keys.stream().noneMatch(signed::isSignedBy)) {
      throw new FormatException("checkpoint is not signed by the log's key");
    }
    CosignedBy cosigned = cosigned(signed);
    if (!cosigned.quorum()) {
      throw new FormatException(
          "checkpoint is not cosigned by the policy's quorum: cosigned by "
              + cosigned.names().size()
              + " of "
              + witnesses.size()
              + " witnesses");
    }
    return checkpoint;
  }

  /** The file's text. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (PinnedLog log : logs) {
      text.append("log ").append(log.key());
      log.url().ifPresent(url -> text.append(' ').append(url));
      text.append('\n');
    }
    for (Witness witness : witnesses) {
      text.append("witness ").append(witness.name()).append(' ').append(witness.key());
      witness.url().ifPresent(url -> text.append(' ').append(url));
      text.append('\n');
    }
    for (Group group : groups) {
      text.append("group ").append(group.name()).append(' ');
      text.append(group.threshold() == group.members().size() ? "all" : group.threshold());
      group.members().forEach(member -> text.append(' ').append(member));
      text.append('\n');
    }
    return text.append("quorum ").append(quorum).append('\n').toString();
  }

  /** The file. */
  public byte[] bytes() {
    return text().getBytes(StandardCharsets.UTF_8);
  }
}
