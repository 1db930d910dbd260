package dev.counterfoil.authority;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.Submission;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.record.RecordedDigest;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.RecordDigests;
import dev.counterfoil.signerprotocol.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** A record log of a signer in memory. It remembers as many digests as the test wants. */
public final class FakeRecordLog implements AutoCloseable {
  public static final String SOURCE = "legacy";

  private final Path folder;
  private final String origin;
  private final InstantSource clock;
  private final Map<Hash, Long> recent = new LinkedHashMap<>();
  private final List<RecordDigests> requests = new ArrayList<>();
  private int generation;
  private Log log;
  private NoteSigner key;

  /** How many of the last digests it remembers. */
  public int remembered = RecordDigests.REMEMBERED;

  /** Whether it publishes a checkpoint after each request. */
  public boolean publishes = true;

  FakeRecordLog(Path folder, String issuer, InstantSource clock) throws Exception {
    this.folder = folder;
    this.origin = issuer.replaceFirst("^https?://", "") + "/logs/";
    this.clock = clock;
    this.generation = 1;
    this.key = new FakeRegistrar.Ed25519().noteSigner(origin + name());
    this.log = open();
  }

  private Log open() throws IOException {
    return Log.open(
        FileDisk.privateFolder(folder.resolve(name())),
        FileDisk.publicFolder(folder.resolve("log").resolve(name())),
        new JournalOptions(256 << 10, 0),
        key,
        clock,
        new Random(1));
  }

  private String name() {
    return "d1g" + generation;
  }

  /** The next generation, as after a replacement. */
  public synchronized void replace() throws Exception {
    log.close();
    generation++;
    key = new FakeRegistrar.Ed25519().noteSigner(origin + name());
    log = open();
    recent.clear();
  }

  public NoteKey key() {
    return key.key();
  }

  public synchronized List<RecordDigests> requests() {
    return List.copyOf(requests);
  }

  Answer logOf(Request.Command command) {
    return SOURCE.equals(command.arguments().get("source"))
        ? new Answer.Done(JsonObject.builder().put("log", name()).build())
        : new Answer.Refused(Answer.Code.OUT_OF_SCOPE, "not bound");
  }

  synchronized Answer record(RecordDigests request) {
    requests.add(request);
    if (!request.log().equals(name()) || log.tree().size() - request.lookedTo() > remembered) {
      return new Answer.Refused(Answer.Code.CONFLICT, "look again");
    }
    List<Long> positions = new ArrayList<>();
    for (Hash digest : request.digests()) {
      Long position = recent.get(digest);
      if (position == null) {
        position = log.tree().size();
        log.sequence(List.of(new Entry(request, digest)));
        recent.put(digest, position);
      }
      positions.add(position);
    }
    while (recent.size() > remembered) {
      recent.remove(recent.keySet().iterator().next());
    }
    if (publishes) {
      publish();
    }
    return new Answer.Recorded(positions);
  }

  public void publish() {
    try {
      log.checkpoint();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    log.close();
  }

  private record Entry(RecordDigests request, Hash digest) implements Submission {
    @Override
    public Optional<RecordedDigest> compose(long position, long timeMillis) {
      return Optional.of(
          new RecordedDigest(
              position,
              timeMillis,
              digest,
              request.batchBytes(),
              request.source().getBytes(StandardCharsets.US_ASCII)));
    }

    @Override
    public void recorded(long position) {}

    @Override
    public void refused(Refusal refusal) {
      throw new IllegalStateException(refusal.code());
    }

    @Override
    public void failed(Throwable cause) {
      throw new IllegalStateException(cause);
    }
  }
}
