package dev.counterfoil.rules.model;

import java.util.List;

/** What one event must fulfil: the detection and condition of a rule in one tree. */
public sealed interface Criterion {
  /** All of these. */
  record All(List<Criterion> parts) implements Criterion {
    public All {
      parts = List.copyOf(parts);
    }
  }

  /** One of these. */
  record One(List<Criterion> parts) implements Criterion {
    public One {
      parts = List.copyOf(parts);
    }
  }

  /** Not this. */
  record Not(Criterion part) implements Criterion {}

  /**
   * A field has one of these values, or all of them.
   *
   * @param field its name as the rule writes it
   * @param all whether each value must be found, each in any of the field's elements
   */
  record Field(String field, List<ValueTest> values, boolean all) implements Criterion {
    public Field {
      values = List.copyOf(values);
    }
  }

  /** Some text stands anywhere in the event. */
  record Keywords(List<ValueTest.Text> texts, boolean all) implements Criterion {
    public Keywords {
      texts = List.copyOf(texts);
    }
  }
}
