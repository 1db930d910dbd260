package dev.counterfoil.process;

import dev.counterfoil.format.bytes.JsonObject;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the process can say of itself while something in it hangs. Every section is asked on a
 * thread of its own and for a short time: a section whose answer waits for what hangs says so, and
 * where it waits.
 */
public final class Diagnosis {
  /** All sections together are asked for at most this times their number. */
  static final Duration SECTION_WITHIN = Duration.ofSeconds(2);

  /** Something that can be asked. */
  @FunctionalInterface
  public interface Section {
    JsonObject read() throws Exception;
  }

  private final Map<String, Section> sections;
  private final Duration within;

  Diagnosis(Map<String, Section> sections, Duration within) {
    this.sections = new LinkedHashMap<>(sections);
    this.within = within;
  }

  /** An object for each section; one that could not be read has {@code could_not}. */
  JsonObject collect() throws InterruptedException {
    JsonObject.Builder all = JsonObject.builder();
    for (Map.Entry<String, Section> section : sections.entrySet()) {
      all.put(section.getKey(), read(section.getKey(), section.getValue()));
    }
    return all.build();
  }

  private JsonObject read(String name, Section section) throws InterruptedException {
    CompletableFuture<JsonObject> answer = new CompletableFuture<>();
    Thread asked =
        Thread.ofPlatform()
            .daemon()
            .name("diagnose-" + name)
            .start(
                () -> {
                  try {
                    answer.complete(section.read());
                  } catch (Exception | StackOverflowError e) {
                    answer.completeExceptionally(e);
                  }
                });
    try {
      return answer.get(within.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return JsonObject.builder()
          .put("could_not", "no answer within " + within.toMillis() + " ms")
          .put("waits_at", lines(asked.getStackTrace()))
          .build();
    } catch (ExecutionException e) {
      return JsonObject.builder().put("could_not", "failed: " + kind(e.getCause())).build();
    }
  }

  /** The kind alone: a message may hold what the section was reading. */
  private static String kind(@Nullable Throwable failure) {
    return failure == null ? "for no known reason" : failure.getClass().getName();
  }

  /** A stack, outermost call last. */
  static List<String> lines(StackTraceElement[] stack) {
    return Stream.of(stack).map(StackTraceElement::toString).toList();
  }
}
