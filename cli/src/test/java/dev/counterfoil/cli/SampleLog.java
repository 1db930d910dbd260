package dev.counterfoil.cli;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.Submission;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.record.Counterfoil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** A log on a real disk with tokens that name their positions, and a witness. */
public final class SampleLog implements AutoCloseable, NoteSigner {
  private static final byte[] HEADER = "{\"alg\":\"ES256\"}".getBytes(StandardCharsets.US_ASCII);

  final Path folder;
  final List<String> tokens = new ArrayList<>();
  private final KeyPair logPair = pair();
  private final KeyPair witnessPair = pair();
  private final NoteKey key;
  private final Log log;

  public SampleLog(Path folder, String origin) throws IOException {
    this.folder = folder;
    this.key = NoteKey.of(origin, logPair.getPublic());
    this.log =
        Log.open(
            FileDisk.privateFolder(journal()),
            FileDisk.publicFolder(published()),
            new JournalOptions(1 << 20, 0),
            this,
            () -> Instant.ofEpochSecond(1_764_028_800),
            new Random(3));
  }

  public Path journal() {
    return folder.resolve("journal");
  }

  public Path published() {
    return folder.resolve("public");
  }

  /** Issues tokens, and signs a checkpoint over all. */
  public void issue(int count) throws IOException {
    List<Submission> batch = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      batch.add(new Token());
    }
    log.sequence(batch);
    log.checkpoint();
  }

  /** Writes a token to a file of its own. */
  Path token(int position) throws IOException {
    return Files.writeString(folder.resolve("token-" + position), tokens.get(position) + "\n");
  }

  byte[] checkpoint() throws IOException {
    return Files.readAllBytes(published().resolve("checkpoint"));
  }

  /** Puts the present checkpoint beside itself with the witness's cosignature. */
  void cosign(long timestamp) throws Exception {
    SignedNote note = SignedNote.parse(checkpoint());
    Cosignature cosignature = Cosignature.make(note.text(), timestamp, new Witness());
    List<SignedNote.NoteSignature> lines = new ArrayList<>(note.signatures());
    lines.add(cosignature.line());
    Files.write(
        published().resolve("checkpoint.cosigned"), new SignedNote(note.text(), lines).bytes());
  }

  /** Signs whatever a log that lies would sign. */
  byte[] sign(Checkpoint checkpoint) throws GeneralSecurityException {
    return checkpoint.sign(this).bytes();
  }

  String witnessLine() {
    return "witness w1 " + new Witness().key() + "\n";
  }

  @Override
  public NoteKey key() {
    return key;
  }

  @Override
  public byte[] sign(byte[] message) throws GeneralSecurityException {
    return sign(logPair.getPrivate(), message);
  }

  private static byte[] sign(PrivateKey key, byte[] message) throws GeneralSecurityException {
    Signature signature = Signature.getInstance("Ed25519");
    signature.initSign(key);
    signature.update(message);
    return signature.sign();
  }

  private static KeyPair pair() {
    try {
      return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    log.close();
  }

  private final class Witness implements CosignatureSigner {
    @Override
    public CosignerKey key() {
      return CosignerKey.of(
          "witness.example/w1", CosignerKey.Algorithm.ED25519, witnessPair.getPublic());
    }

    @Override
    public byte[] sign(byte[] message) throws GeneralSecurityException {
      return SampleLog.sign(witnessPair.getPrivate(), message);
    }
  }

  private final class Token implements Submission {
    private String signingInput = "";

    @Override
    public Optional<Counterfoil> compose(long position, long timeMillis) {
      TokenId id = new TokenId("s1g1", position, Hash.sha256(new byte[] {(byte) position}));
      byte[] payload = ("{\"jti\":\"" + id + "\"}").getBytes(StandardCharsets.US_ASCII);
      signingInput = Base64Url.encode(HEADER) + "." + Base64Url.encode(payload);
      return Optional.of(
          new Counterfoil(
              position,
              timeMillis,
              signingInput.getBytes(StandardCharsets.US_ASCII),
              new byte[TokenId.SALT_BYTES],
              new byte[20]));
    }

    @Override
    public void recorded(long position) {
      tokens.add(signingInput + ".c2lnbmF0dXJl");
    }

    @Override
    public void refused(Refusal refusal) {
      throw new IllegalStateException(refusal.toString());
    }

    @Override
    public void failed(Throwable cause) {
      throw new IllegalStateException(cause);
    }
  }
}
