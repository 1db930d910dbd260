package dev.counterfoil.drills.mail;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Follows the file that Dovecot's event exporter writes. A file is the exporter to follow: its HTTP
 * exporter loses events when the receiver is slow or away, and nothing in what it sends shows the
 * gap.
 */
public final class DovecotEventTail implements AutoCloseable {
  /** A login event with a token of the largest size that Dovecot takes is well below this. */
  static final int LINE_BYTES_MAX = 64 * 1024;

  private static final Duration LOOK_EVERY = Duration.ofMillis(10);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path file;
  private final Consumer<MailEvent> hearer;
  private final Runnable afterwards;
  private final Thread thread;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private long offset;
  private volatile boolean closing;
  private volatile Optional<Exception> failure = Optional.empty();

  /**
   * Starts following at the end of the file as it is now.
   *
   * @param file need not exist yet
   * @param hearer hears every event, on a thread of the tail's own, in the file's order
   * @param afterwards what is done each time when all that was there has been heard
   */
  public DovecotEventTail(Path file, Consumer<MailEvent> hearer, Runnable afterwards)
      throws IOException {
    this.file = file;
    this.hearer = hearer;
    this.afterwards = afterwards;
    this.offset = Files.exists(file) ? Files.size(file) : 0;
    this.thread = Thread.ofPlatform().name("dovecot-events").daemon().start(this::follow);
  }

  /** Stops after what is in the file has been heard. */
  @Override
  public void close() throws IOException {
    closing = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the mail server's last events were read", e);
    }
    if (failure.isPresent()) {
      throw new IOException("the mail server's events could not be read", failure.get());
    }
  }

  private void follow() {
    try {
      while (true) {
        boolean last = closing;
        readOn();
        afterwards.run();
        if (last) {
          return;
        }
        Thread.sleep(LOOK_EVERY);
      }
    } catch (IOException | UncheckedIOException | JacksonException | DateTimeParseException e) {
      failure = Optional.of(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failure = Optional.of(e);
    }
  }

  private void readOn() throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer buffer = ByteBuffer.allocate(LINE_BYTES_MAX);
      int count;
      while ((count = channel.read(buffer, offset)) > 0) {
        offset += count;
        buffer.flip();
        while (buffer.hasRemaining()) {
          byte b = buffer.get();
          if (b == '\n') {
            parse(line.toString(StandardCharsets.UTF_8)).ifPresent(hearer);
            line.reset();
          } else if (line.size() >= LINE_BYTES_MAX) {
            throw new IOException("an event is longer than " + LINE_BYTES_MAX + " bytes");
          } else {
            line.write(b);
          }
        }
        buffer.clear();
      }
    }
  }

  /** The event on a line, or nothing when it is one that nobody asked about. */
  static Optional<MailEvent> parse(String text) {
    JsonNode event = JSON.readTree(text);
    JsonNode fields = event.path("fields");
    Instant at = Instant.parse(event.path("end_time").asString(""));
    String user = fields.path("user").asString("");
    String session = fields.path("session").asString("");
    String address = fields.path("remote_ip").asString("");
    return switch (event.path("event").asString("")) {
      case "auth_client_request_finished" ->
          Optional.of(
              fields.has("error")
                  ? new MailEvent.Refusal(
                      at, user, session, address, fields.path("error").asString(""))
                  : new MailEvent.Login(
                      at,
                      user,
                      session,
                      address,
                      Optional.of(fields.path("tok_digest").asString("")).filter(s -> !s.isEmpty()),
                      fields.path("tok_header").asString(""),
                      fields.path("tok_claims").asString("")));
      case "mail_opened" ->
          Optional.of(
              new MailEvent.MessageRead(
                  at,
                  user,
                  session,
                  fields.path("mailbox").asString(""),
                  fields.path("uid").asLong(0)));
      default -> Optional.empty();
    };
  }
}
