package dev.counterfoil.audit.forget;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.log.disk.Disk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Who is to be forgotten, and is not yet: a file, replaced as a whole and durable when a method
 * returns, that says it by pseudonyms. Belongs to one thread at a time.
 */
public final class ForgettingRequests {
  public static final String FILE = "forgetting.json";

  /** Most at one time: each but one waits for the end of a hold, or for its disk. */
  public static final int REQUESTS_MAX = 100;

  /** A hundred, each of them with all texts that a tenant's readers can have asked for. */
  private static final int BYTES_MAX = 64 << 20;

  private final Disk disk;
  private List<Request> requests;

  /**
   * One of them.
   *
   * @param fence whose events
   * @param people pseudonyms of whoever has the name
   * @param texts pseudonyms of texts that were asked for and may say who he is
   * @param ground of the tenant's
   * @param by who asks for it
   */
  public record Request(
      Fence fence, List<String> people, List<String> texts, String ground, Reader by) {
    public Request {
      people = List.copyOf(people);
      texts = List.copyOf(texts);
    }

    private JsonObject toJson() {
      return JsonObject.builder()
          .put("domain", fence.domain())
          .put("tenant", fence.tenant())
          .put("people", people)
          .put("texts", texts)
          .put("ground", ground)
          .put("client", by.client())
          .put("user", by.user().orElse(null))
          .build();
    }

    private static Request of(JsonObject json) throws FormatException {
      return of(json, json.strings("people"), json.strings("texts"));
    }

    /** The only one of a build that wrote one person at a time. */
    private static Request ofOne(JsonObject json) throws FormatException {
      return of(json, List.of(json.string("pseudonym")), List.of());
    }

    private static Request of(JsonObject json, List<String> people, List<String> texts)
        throws FormatException {
      return new Request(
          new Fence(json.string("domain"), json.string("tenant")),
          people,
          texts,
          json.string("ground"),
          new Reader(json.string("client"), json.optionalString("user"), Optional.empty()));
    }
  }

  public ForgettingRequests(Disk disk) throws IOException {
    this.disk = disk;
    this.requests = List.copyOf(read());
  }

  private List<Request> read() throws IOException {
    byte[] bytes;
    try {
      bytes = disk.read(FILE, BYTES_MAX);
    } catch (NoSuchFileException e) {
      return List.of();
    }
    try {
      JsonObject file = StrictJson.object(bytes, BYTES_MAX);
      if (file.has("pseudonym")) {
        return List.of(Request.ofOne(file));
      }
      List<Request> read = new ArrayList<>();
      for (JsonObject one : file.objects("requests")) {
        read.add(Request.of(one));
      }
      return read;
    } catch (FormatException | IllegalArgumentException e) {
      throw new IOException(
          FILE + " in " + disk + " cannot be read: somebody is half forgotten", e);
    }
  }

  /** All of them, the oldest first. */
  public List<Request> all() {
    return requests;
  }

  public void add(Request request) throws IOException {
    List<Request> after = new ArrayList<>(requests);
    after.add(request);
    write(after);
  }

  /** Takes one away: it is done, or nothing of it is. */
  public void remove(Request request) throws IOException {
    List<Request> after = new ArrayList<>(requests);
    after.remove(request);
    write(after);
  }

  private void write(List<Request> after) throws IOException {
    if (after.isEmpty()) {
      disk.delete(FILE);
    } else {
      List<JsonObject> list = after.stream().map(Request::toJson).toList();
      disk.replace(FILE, JsonObject.builder().put("requests", list).build().canonicalBytes());
    }
    requests = List.copyOf(after);
  }
}
