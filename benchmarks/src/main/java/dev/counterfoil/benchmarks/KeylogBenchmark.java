package dev.counterfoil.benchmarks;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.EntryBundle;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeyLogEntry;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeyLogHead;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.RootMetadata;
import dev.counterfoil.format.root.RootPin;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.verifier.KeySetSource;
import dev.counterfoil.verifier.ReadSide;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What a verifier pays that starts anew: the whole key log read, hashed, folded. */
@State(Scope.Benchmark)
public class KeylogBenchmark {
  private static final int REVOCATIONS = 100_000;
  private static final String ISSUER = "https://login.example/enterprise";
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

  private final List<byte[]> bundles = new ArrayList<>();
  private byte[] head = new byte[0];
  private TrustPolicy policy =
      new TrustPolicy("enterprise", ISSUER, new RootPin(1, Hash.sha256()), List.of());

  /** An Ed25519 key of the JDK. */
  private static final class Key implements StatementSigner {
    private final KeyPair pair;

    Key() {
      try {
        pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    NoteKey noteKey(String name) {
      return NoteKey.of(name, pair.getPublic());
    }

    @Override
    public PublicJwk key() {
      return PublicJwk.ed25519(noteKey("key").publicKey());
    }

    @Override
    public byte[] sign(byte[] input) throws GeneralSecurityException {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(pair.getPrivate());
      signature.update(input);
      return signature.sign();
    }
  }

  /** Makes the log, and says how long it is. */
  @Setup
  public void make() throws GeneralSecurityException, FormatException {
    Key holder = new Key();
    RootMetadata root =
        RootMetadata.first(
            List.of(holder.noteKey("holder")), 1, NOW.minusSeconds(60), NOW.plusSeconds(86_400));
    Key registrar = new Key();
    Key log = new Key();
    NoteKey logKey = log.noteKey(KeyLog.origin(ISSUER));
    policy = new TrustPolicy("enterprise", ISSUER, root.pin(), List.of(logKey));
    Delegation delegation =
        new Delegation(
            1,
            "enterprise",
            ISSUER,
            registrar.key(),
            new Delegation.Bounds(
                AllowList.all(), AllowList.all(), AllowList.all(), Duration.ofHours(1)),
            NOW.minusSeconds(60),
            NOW.minusSeconds(60),
            NOW.plusSeconds(86_400));
    List<byte[]> entries = new ArrayList<>();
    entries.add(KeyLogEntry.of(root.unsigned().signedBy(holder)));
    entries.add(KeyLogEntry.of(delegation.unsigned().signedBy(holder)));
    for (int i = 0; i < REVOCATIONS; i++) {
      entries.add(
          KeyLogEntry.of(
              new KeyLogEvent.TokenRevoked("s1g1", 1_000_000L + i, NOW.plusSeconds(900)), NOW));
    }
    MerkleFrontier frontier = new MerkleFrontier();
    TreeHasher hasher = new TreeHasher();
    entries.forEach(entry -> frontier.append(hasher.leaf(entry)));
    long bytes = 0;
    for (int at = 0; at < entries.size(); at += Tile.FULL_WIDTH) {
      byte[] bundle =
          EntryBundle.of(entries.subList(at, Math.min(entries.size(), at + Tile.FULL_WIDTH)));
      bytes += bundle.length;
      bundles.add(bundle);
    }
    System.out.printf("%n%d entries in bundles of %d bytes in all%n", entries.size(), bytes);
    head = head(logKey, log, new Checkpoint(logKey.name(), frontier.size(), frontier.root()));
  }

  private static byte[] head(NoteKey logKey, Key log, Checkpoint checkpoint)
      throws GeneralSecurityException, FormatException {
    SignedNote signed =
        checkpoint.sign(
            new NoteSigner() {
              @Override
              public NoteKey key() {
                return logKey;
              }

              @Override
              public byte[] sign(byte[] text) throws GeneralSecurityException {
                return log.sign(text);
              }
            });
    CosignatureSigner cosigner =
        new CosignatureSigner() {
          @Override
          public CosignerKey key() {
            return KeyLogHead.cosignerKey(logKey);
          }

          @Override
          public byte[] sign(byte[] message) throws GeneralSecurityException {
            return log.sign(message);
          }
        };
    List<SignedNote.NoteSignature> lines = new ArrayList<>(signed.signatures());
    lines.add(Cosignature.make(signed.text(), NOW.getEpochSecond(), cosigner).line());
    return new SignedNote(signed.text(), lines).bytes();
  }

  /** Entries a second, from the first to the last. */
  @Benchmark
  @OperationsPerInvocation(REVOCATIONS)
  public KeySet mirror() throws IOException, FormatException {
    ReadSide network =
        (uri, max) -> {
          String path = uri.toString().substring((ISSUER + "/logs/keys/").length());
          return path.equals("checkpoint")
              ? head
              : bundles.get((int) Tile.parse(path).orElseThrow().index());
        };
    return KeySetSource.read(policy, network, NOW);
  }
}
