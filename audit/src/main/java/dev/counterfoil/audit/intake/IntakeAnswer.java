package dev.counterfoil.audit.intake;

import dev.counterfoil.format.bytes.JsonObject;
import java.util.List;

/** What becomes of a batch of events. */
public sealed interface IntakeAnswer {
  /**
   * Every good event is durable; bad ones are named.
   *
   * @param recorded how many are new
   * @param repeated how many had been recorded before
   * @param refused those that were not taken, which lie in quarantine now
   */
  record Taken(int recorded, int repeated, List<RefusedLine> refused) implements IntakeAnswer {
    public Taken {
      refused = List.copyOf(refused);
    }

    /** The answer's body. */
    public JsonObject toJson() {
      return JsonObject.builder()
          .put("recorded", recorded)
          .put("repeated", repeated)
          .put("refused", refused.stream().map(RefusedLine::toJson).toList())
          .build();
    }
  }

  /**
   * Nothing is promised: some events may be recorded. The same batch again settles it.
   *
   * @param code stable
   * @param tooMany whether it is the source that asks for too much
   */
  record Again(String code, boolean tooMany) implements IntakeAnswer {}

  /** The batch as a whole is not one: too many lines. Nothing was recorded. */
  record Malformed(String detail) implements IntakeAnswer {}

  /**
   * An event that was not taken.
   *
   * @param line its line in the batch, from 1
   * @param code stable: malformed, foreign-tenant, time-off, sequence-reused, too-many-streams
   * @param detail for people; repeats nothing of the event
   */
  record RefusedLine(int line, String code, String detail) {
    JsonObject toJson() {
      return JsonObject.builder().put("line", line).put("code", code).put("detail", detail).build();
    }
  }
}
