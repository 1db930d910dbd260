package dev.counterfoil.drills.run;

/** Hears what happens in a drill while it happens. Called from one thread at a time. */
public interface Narrator {
  /** The drill begins; its expectations are known. */
  void opens(Drill drill);

  /** An act begins. */
  void act(int number, String title);

  /** Something was done. */
  void says(String text);

  /** Something long has come so far; said often. */
  default void progress(String text, long done, long of) {}

  /** An expectation was looked at. */
  void observed(Outcome outcome);

  /** The drill has ended. */
  void closes(DrillReport report);

  /** Says nothing. */
  static Narrator silent() {
    return new Narrator() {
      @Override
      public void opens(Drill drill) {}

      @Override
      public void act(int number, String title) {}

      @Override
      public void says(String text) {}

      @Override
      public void observed(Outcome outcome) {}

      @Override
      public void closes(DrillReport report) {}
    };
  }
}
