package io.github.icthp.weights.pickle;

import java.util.ArrayList;
import java.util.List;

/** The machine's stack: values, and marks below which a group of them begins. */
final class PickleStack {

    private final List<Object> values = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();

    void push(Object value) {
        values.add(value);
    }

    void mark() {
        marks.add(values.size());
    }

    Object pop() {
        Object top = peek();
        values.remove(values.size() - 1);
        return top;
    }

    Object peek() {
        int bottom = marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
        if (values.size() <= bottom) {
            throw new PickleFormatException("an operation needs a value, the stack is empty");
        }
        return values.get(values.size() - 1);
    }

    /** Pops as many values, the deepest first. */
    List<Object> pop(int count) {
        List<Object> popped = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            popped.add(0, pop());
        }
        return popped;
    }

    /** Pops the values above the last mark, and the mark. */
    List<Object> popToMark() {
        if (marks.isEmpty()) {
            throw new PickleFormatException("an operation needs a mark, there is none");
        }
        List<Object> group = values.subList(marks.remove(marks.size() - 1), values.size());
        List<Object> popped = new ArrayList<>(group);
        group.clear();
        return popped;
    }

    /** Pops the top, which may be a bare mark. */
    void drop() {
        if (!marks.isEmpty() && marks.get(marks.size() - 1) == values.size()) {
            marks.remove(marks.size() - 1);
        } else {
            pop();
        }
    }
}
