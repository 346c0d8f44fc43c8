check "averages the prices" 5 average
