"""Why some causes cannot always be told apart, by numbers or by the text of a line."""

WHY = {
    "mutates_upstream": "two names for one array, and a change through one of them: the second name and the change are the same slip seen from its two ends.",
    "stale_cache": "a name that holds a later value is also simply another value than the one needed; whether the name or the moment was mistaken, only the learner knows.",
    "subtract_instead_of_add": "`dx -= y * dq`, `dx += -y * dq` and a minus lost before both are one number, and the minus has no place of its own in the line.",
    "max_passes_value": "`da = a * (a > 0)` may be the value passed on, or the value read where its gradient was meant.",
    "inverted_mask": "where the two sides of a switch have slopes of opposite sign, as those of `abs`, the wrong side is the wrong sign.",
    "mean_instead_of_sum": "a mean is a sum and one division by the number of its terms, so it may be that division which is too many.",
    "missing_transpose": "for a vector, `W @ v` is `v @ W.T`: a transpose left out and the operands in the wrong order are one number.",
    "elementwise_instead_of_matmul": "a matrix product is an elementwise product, repeated and summed: the product or the sum may be what was left out.",
    "multiply_not_swapped": "`x * dq` for `y * dq` has the input that was not swapped, and also one forward value where another was needed; with no gradient in the line it may be a value for its gradient.",
    "product_of_three": "a factor left out of a long product, or taken for another one, is also a wrong rule, or a wrong value read.",
    "same_input_twice": "`x * dq` for `q = x * x` counts one leg of two, or leaves out the 2 of the power rule.",
    "missing_local_gradient": "where the local derivative is -1, to leave it out is to lose its minus; where a constant is left out, it may be thought of as a rule.",
    "pre_vs_post_activation": "`1 - z**2` for tanh reads the wrong side of it, but it may be a rule misremembered, or a value mistaken for another.",
    "wrong_cached_variable": "`x` for `y` in a local derivative may be one name for another, or a rule that holds for another function.",
    "missing_power_factor": "an exponent that is not brought down may be half a rule, or one leg of `x * x`.",
    "lost_minus": "a minus that is not there may be lost, or the rule be thought of without it, or the sign be chosen wrongly.",
    "wrong_local_derivative": "a wrong rule may differ from the right one by a minus, by a factor or by the name it reads, and then it looks like a slip in that alone.",
}  # fmt: skip
