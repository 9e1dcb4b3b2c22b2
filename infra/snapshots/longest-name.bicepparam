using '../main.bicep'

param environmentName = 'an-environment-whose-name-is-as-long-as-the-template-allows-64-c'
param location = 'westeurope'
param sku = 'EP1'
param journalLocked = true
